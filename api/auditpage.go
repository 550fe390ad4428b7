package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// auditView is a part of the audit log, and what verification found.
type auditView struct {
	Actor, Case string
	Acts        []choice
	Rows        []auditRow
	First, Next string
	Asked       bool
	Known       string // head to verify against
	Field       string
	Fault       string
	Remedy      string
	Report      *reportView
}

type auditRow struct {
	Seq     int64
	At      moment
	Written string // the time as it stands in the log, where it cannot be read
	Actor   string
	Act     review.Act
	Said    string
	Case    string
	URL     string
	Request string
	Object  string
	Prev    string
	Hash    string
	Short   string // start of Hash
}

// reportView is what verification found, and what to keep of it.
type reportView struct {
	review.Report
	Sound bool
	Keep  string // NUMBER:HASH of the head
	At    moment
}

const pageOfAudit = 50

// auditPage shows the audit log, newest first.
func (s *Server) auditPage(c echo.Context) error {
	return s.showAudit(c, http.StatusOK, auditView{})
}

// verifyPage verifies the audit log and shows what it found above the log.
func (s *Server) verifyPage(c echo.Context) error {
	sent, err := s.postedForm(c)
	if err != nil {
		return err
	}
	v := auditView{Known: strings.TrimSpace(sent.Get("head"))}
	var known review.AuditHead
	if v.Known != "" {
		if known, err = review.ParseAuditHead(v.Known); err != nil {
			v.Field, v.Fault, v.Remedy = "head", sentence(err.Error()), "It is what an earlier verification told to keep."
			return s.showAudit(c, statuses[kindInvalidInput], v)
		}
	}
	ctx := c.Request().Context()
	if err := s.wholeLog.enter(ctx); err != nil {
		return err
	}
	defer s.wholeLog.leave()
	report, err := s.Cases.VerifyAudit(ctx, whoAsks(c.Request()).Actor, known)
	if err != nil {
		return err
	}
	v.Report = &reportView{report, report.Whole(), "", s.moment(s.Now())}
	if report.Last > 0 {
		v.Report.Keep = fmt.Sprintf("%d:%s", report.Last, report.Head)
	}
	return s.showAudit(c, http.StatusOK, v)
}

// showAudit fills v with the part of the log that the address asks for.
func (s *Server) showAudit(c echo.Context, status int, v auditView) error {
	asked := c.QueryParams()
	from, err := pageStart(asked.Get("from"))
	if err != nil {
		return err
	}
	v.Actor, v.Case = strings.TrimSpace(asked.Get("actor")), strings.TrimSpace(asked.Get("case"))
	act := review.Act(asked.Get("act"))
	v.Acts = []choice{{"", "Any", act == ""}}
	for _, r := range review.Rules() {
		v.Acts = append(v.Acts, choice{string(r.Act), actWord(r.Act), r.Act == act})
	}
	for _, a := range account.Acts() {
		v.Acts = append(v.Acts, choice{string(a), actWord(a), a == act})
	}
	if act != "" && !slices.ContainsFunc(v.Acts, func(x choice) bool { return x.Chosen }) {
		v.Acts = append(v.Acts, choice{string(act), plain(string(act)), true})
	}
	page, err := s.Cases.AuditLog(c.Request().Context(), whoAsks(c.Request()).Actor,
		review.AuditFilter{Actor: v.Actor, Case: v.Case, Act: act, Newest: true, From: from, Limit: pageOfAudit})
	if err != nil {
		return err
	}
	for _, r := range page.Records {
		v.Rows = append(v.Rows, s.auditRow(r))
	}
	only := url.Values{"actor": {v.Actor}, "case": {v.Case}, "act": {string(act)}}
	v.Asked = withQuery("/audit", only, 0) != "/audit"
	if from > 0 {
		v.First = withQuery("/audit", only, 0)
	}
	if page.Next > 0 {
		v.Next = withQuery("/audit", only, page.Next)
	}
	return s.render(c.Response(), c.Request(), status, "audit", frame{Title: "Audit log", Page: v})
}

func (s *Server) auditRow(r review.AuditRecord) auditRow {
	row := auditRow{Seq: r.Seq, Written: plain(r.Time), Actor: plain(r.Actor), Act: r.Act, Said: actWord(r.Act), Request: plain(r.RequestID), Prev: r.Prev, Hash: r.Hash, Short: clip(r.Hash, 12)}
	if at, err := time.Parse(review.AuditTime, r.Time); err == nil {
		row.At = s.moment(at)
	}
	var object struct{ Case string }
	if json.Unmarshal(r.Object, &object) == nil && object.Case != "" {
		row.Case, row.URL = plain(object.Case), caseURL(object.Case)
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, r.Object, "", "  ") != nil { // altered into what is no JSON
		pretty.Reset()
		pretty.Write(r.Object)
	}
	row.Object = plain(pretty.String())
	return row
}

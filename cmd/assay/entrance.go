package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"assay/api"
	"assay/review/account"
)

// entranceFlags say who may come in to assay serve, and how.
type entranceFlags struct {
	Accounts     bool          `help:"Want everybody to sign in, on a loopback address too." env:"ASSAY_ACCOUNTS" group:"entrance"`
	Open         bool          `help:"Let anybody classify and read lists without signing in." env:"ASSAY_OPEN" group:"entrance"`
	PublicURL    string        `name:"public-url" help:"Address under which people reach the server, for links and cookies: https://assay.example.org." env:"ASSAY_PUBLIC_URL" placeholder:"URL" group:"entrance"`
	TrustedProxy []string      `help:"Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count." env:"ASSAY_TRUSTED_PROXY" placeholder:"CIDR" group:"entrance"`
	TLSCert      string        `name:"tls-cert" help:"File with the certificate and its chain (PEM). Read again when it changes." env:"ASSAY_TLS_CERT" type:"path" placeholder:"FILE" group:"entrance"`
	TLSKey       string        `name:"tls-key" help:"File with its key (PEM)." env:"ASSAY_TLS_KEY" type:"path" placeholder:"FILE" group:"entrance"`
	OIDC         openIDFlags   `embed:"" prefix:"oidc-" group:"entrance"`
	SessionIdle  time.Duration `help:"A session that is not used for so long ends." default:"8h" env:"ASSAY_SESSION_IDLE" group:"entrance"`
	SessionMax   time.Duration `help:"Every session ends after so long." default:"168h" env:"ASSAY_SESSION_MAX" group:"entrance"`
	Rate         int           `help:"Requests that an account, or an address without one, may send in a minute." default:"1200" env:"ASSAY_RATE" group:"entrance"`
}

// proxies returns the networks of --trusted-proxy; an address alone is a
// network of one.
func (f *entranceFlags) proxies() (all []netip.Prefix, err error) {
	for _, text := range f.TrustedProxy {
		p, err := netip.ParsePrefix(text)
		if a, alone := netip.ParseAddr(text); err != nil && alone == nil {
			p, err = a.Prefix(a.BitLen())
			if err != nil {
				return nil, usagef("--trusted-proxy %s: %w", text, err)
			}
		} else if err != nil {
			return nil, usagef("--trusted-proxy %s: write a network like 10.0.0.0/8, or an address", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// check refuses flags that do not go together.
func (f *entranceFlags) check() error {
	switch {
	case (f.TLSCert == "") != (f.TLSKey == ""):
		return usagef("--tls-cert and --tls-key go together")
	case f.SessionIdle <= 0 || f.SessionMax <= 0 || f.Rate <= 0:
		return usagef("--session-idle, --session-max and --rate are more than nothing")
	}
	return nil
}

// single reports whether one person at this machine is served, without
// accounts: only on a loopback address that nothing has been told to publish.
func (f *entranceFlags) single(ln net.Listener, hosts []string, any bool) bool {
	addr, ok := ln.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback() && !f.Accounts && !any && f.PublicURL == "" && len(f.TrustedProxy) == 0 && len(hosts) == 0
}

// entrance puts into cfg who may come in. When accounts are needed and there
// are none, the link that makes the first admin is told on w.
func (f *entranceFlags) entrance(ctx context.Context, cfg *api.Config, store account.Store, ln net.Listener, w io.Writer) error {
	proxies, err := f.proxies()
	if err != nil {
		return err
	}
	rules, err := f.OIDC.provisioning()
	if err != nil {
		return err
	}
	provider, err := f.OIDC.provider(rules)
	if err != nil {
		return err
	}
	accounts, err := account.New(account.Config{Store: store, SessionIdle: f.SessionIdle, SessionMax: f.SessionMax, Provisioning: rules})
	if err != nil {
		return err
	}
	any, err := accounts.Any(ctx)
	if err != nil {
		return err
	}
	cfg.Open, cfg.PublicURL, cfg.TrustedProxies, cfg.Rate = f.Open, f.PublicURL, proxies, f.Rate
	if provider == nil && f.single(ln, cfg.Hosts, any) {
		return nil
	}
	cfg.Accounts = accounts
	cfg.OpenID = provider
	if addr, ok := ln.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() && f.TLSCert == "" && len(proxies) == 0 && !strings.HasPrefix(f.PublicURL, "https://") {
		cfg.Log.Warn("passwords and sessions cross the network unencrypted; give --tls-cert and --tls-key, or put a proxy that encrypts before it")
	}
	if any {
		return nil
	}
	link, err := accounts.SetUpLink(ctx, account.Request{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "assay: there are no accounts yet. This link makes the first admin; it works once, until %s:\n\n  %s%s\n\n",
		link.ExpiresAt.Local().Format("2006-01-02 15:04"), f.base(ln), api.LinkPath(link))
	return err
}

// base returns an address under which the server on ln can be reached from here.
func (f *entranceFlags) base(ln net.Listener) string {
	if f.PublicURL != "" {
		return strings.TrimSuffix(f.PublicURL, "/")
	}
	scheme := "http://"
	if f.TLSCert != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(ln.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return scheme + net.JoinHostPort("localhost", port)
	}
	return scheme + ln.Addr().String()
}

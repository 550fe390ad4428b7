package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"assay/api"
	"assay/review"
	"assay/review/account"
)

type accountCmd struct {
	Add     accountAddCmd     `cmd:"" help:"Make an account and print the link with which its person chooses a password."`
	List    accountListCmd    `cmd:"" help:"List accounts."`
	Role    accountRoleCmd    `cmd:"" help:"Give an account another role or organisation."`
	Disable accountDisableCmd `cmd:"" help:"Shut an account: its sessions, tokens and links end at once and for good."`
	Enable  accountEnableCmd  `cmd:"" help:"Open a disabled account again."`
	Unlock  accountUnlockCmd  `cmd:"" help:"Forget the failed tries to sign in under a name."`
	Reset   accountResetCmd   `cmd:"" help:"Take a password away and print a link to choose another."`
	Token   accountTokenCmd   `cmd:"" help:"Make an API token of an account and print it."`
}

// Help implements kong's HelpProvider.
func (accountCmd) Help() string {
	return `Accounts are for assay serve; with the first one, it wants everybody to sign in. Whoever may write the store acts as an admin here, so this is also the way back in when no admin can sign in: assay account reset NAME, or assay account add NAME --role admin. Links and tokens are printed once and kept nowhere.`
}

// clerk is who manages accounts from the command line: the service, and an
// admin in the name that the system knows.
type clerk struct {
	*account.Service
	account.Request
}

// atAccounts opens the accounts for do and closes them afterwards.
func atAccounts(ctx context.Context, g *globals, do func(clerk) error) (err error) {
	me, err := user.Current()
	if err != nil {
		return fmt.Errorf("the system does not say who you are, and acts need a name: %w", err)
	}
	store, err := g.openCases(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	s, err := account.New(account.Config{Store: store})
	if err != nil {
		return err
	}
	return do(clerk{s, account.Request{Actor: review.Actor{ID: cmp.Or(me.Username, me.Uid), Role: review.Admin}}})
}

// linkFlag says under what address the server that links lead to is reached.
type linkFlag struct {
	URL string `name:"url" help:"Address under which people reach the server." default:"http://127.0.0.1:8080" env:"ASSAY_PUBLIC_URL" placeholder:"URL"`
}

func (l linkFlag) print(s streams, link account.Invitation) error {
	_, err := fmt.Fprintf(s.out, "%s%s\n", strings.TrimSuffix(l.URL, "/"), api.LinkPath(link))
	fmt.Fprintf(s.err, "assay: this link works once, until %s; whoever opens it first chooses the password\n", link.ExpiresAt.Local().Format("2006-01-02 15:04"))
	return err
}

type accountAddCmd struct {
	Account      string      `arg:"" help:"A short name or an e-mail address. It stands in cases and in the audit log, and stays."`
	Role         review.Role `help:"exporter, officer, evaluator or admin." required:"" placeholder:"ROLE"`
	Name         string      `help:"The person's name." placeholder:"NAME"`
	Organisation string      `help:"Whose cases an exporter sees." placeholder:"NAME"`
	linkFlag
}

func (c *accountAddCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error {
		_, link, err := a.Invite(ctx, a.Request, account.NewAccount{ID: c.Account, Name: c.Name, Role: c.Role, Organisation: c.Organisation})
		if err != nil {
			return err
		}
		return c.print(s, link)
	})
}

type accountResetCmd struct {
	Account string `arg:"" help:"The account."`
	linkFlag
}

func (c *accountResetCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error {
		_, link, err := a.ResetPassword(ctx, a.Request, c.Account)
		if err != nil {
			return err
		}
		return c.print(s, link)
	})
}

type accountListCmd struct {
	JSON bool `name:"json" help:"Print the accounts as JSON."`
}

func (c *accountListCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error {
		all := []account.Standing{}
		for from := ""; ; {
			page, next, err := a.List(ctx, a.Request, from)
			if err != nil {
				return err
			}
			all = append(all, page...)
			if from = next; next == "" {
				break
			}
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		p := &printer{w: s.out}
		for _, st := range all {
			seen := "never signed in"
			if !st.LastSignIn.IsZero() {
				seen = "last signed in " + st.LastSignIn.Local().Format("2006-01-02 15:04")
			}
			p.printf("%-24s %-9s %-9s %s; %s\n", st.ID, st.Role, standing(st), cmp.Or(st.Organisation, "-"), seen)
		}
		return p.err
	})
}

// standing says in a word whether an account can be used.
func standing(st account.Standing) string {
	switch {
	case st.State == account.Disabled:
		return "disabled"
	case !st.LockedUntil.IsZero():
		return "locked"
	case st.Invited():
		return "invited"
	}
	return "active"
}

type accountRoleCmd struct {
	Account      string      `arg:"" help:"The account."`
	Role         review.Role `arg:"" help:"exporter, officer, evaluator or admin."`
	Organisation string      `help:"Whose cases an exporter sees." placeholder:"NAME"`
}

func (c *accountRoleCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error {
		return done(s)(a.SetRole(ctx, a.Request, c.Account, c.Role, c.Organisation))
	})
}

// named is the argument of acts that need nothing but the account.
type named struct {
	Account string `arg:"" help:"The account."`
}

type accountDisableCmd struct{ named }

func (c *accountDisableCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error { return done(s)(a.Disable(ctx, a.Request, c.Account)) })
}

type accountEnableCmd struct{ named }

func (c *accountEnableCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error { return done(s)(a.Enable(ctx, a.Request, c.Account)) })
}

type accountUnlockCmd struct{ named }

func (c *accountUnlockCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atAccounts(ctx, g, func(a clerk) error { return done(s)(a.Unlock(ctx, a.Request, c.Account)) })
}

// done returns a function that says how an account stands after an act.
func done(s streams) func(account.Account, error) error {
	return func(a account.Account, err error) error {
		if err == nil {
			_, err = fmt.Fprintf(s.out, "%s is %s, %s%s\n", a.ID, a.State, a.Role, organisationOf(a))
		}
		return err
	}
}

func organisationOf(a account.Account) string {
	if a.Organisation == "" {
		return ""
	}
	return " of " + a.Organisation
}

type accountTokenCmd struct {
	Account string          `arg:"" help:"The account in whose name programs act with it."`
	Name    string          `help:"What it is for." required:"" placeholder:"TEXT"`
	Scope   []account.Scope `help:"What it is good for, as far as the role goes: classify, read, write, decide, audit, admin." required:"" placeholder:"SCOPE"`
	Days    int             `help:"How long it works, at most 366 days." default:"90"`
}

func (c *accountTokenCmd) Run(ctx context.Context, s streams, g *globals) error {
	if c.Days < 1 {
		return usagef("--days %d: give 1 to 366", c.Days)
	}
	return atAccounts(ctx, g, func(a clerk) error {
		made, text, err := a.MakeToken(ctx, a.Request, c.Account, account.NewToken{Name: c.Name, Scopes: c.Scope, Life: time.Duration(c.Days) * 24 * time.Hour})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, text)
		fmt.Fprintf(s.err, "assay: token %s of %s, until %s; it is not shown again\n", made.ID, made.Account, made.ExpiresAt.Local().Format("2006-01-02 15:04"))
		return err
	})
}

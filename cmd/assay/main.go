// Command assay suggests export-control classifications for product
// descriptions. It is the one program of the project: it parses flags, puts
// the rooms together and starts what was asked for. Nothing else wires.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/internal/editions"
	"assay/internal/postgres"
	"assay/review"

	"github.com/alecthomas/kong"
)

// Exit statuses, as docs/contracts.md promises them.
const (
	exitDone   = 0
	exitFailed = 1 // the work failed
	exitUsage  = 2 // wrong usage
)

type cli struct {
	globals

	Classify classifyCmd `cmd:"" group:"products" help:"Suggest classifications for one product."`
	Batch    batchCmd    `cmd:"" group:"products" help:"Classify a catalogue: one output row per input row."`
	Case     caseCmd     `cmd:"" group:"review" help:"Take products through review to a decision."`
	Webhook  webhookCmd  `cmd:"" group:"review" help:"Tell other programs what happens to cases."`
	Audit    auditCmd    `cmd:"" group:"review" help:"Verify and export the record of every act."`
	Account  accountCmd  `cmd:"" group:"review" help:"Manage who may sign in."`
	Backup   backupCmd   `cmd:"" group:"review" help:"Copy the cases into a file, while others work on them."`
	Restore  restoreCmd  `cmd:"" group:"review" help:"Put a backup in the place of the cases."`
	Corpus   corpusCmd   `cmd:"" group:"lists" help:"Bring in, show and compare official lists."`
	Serve    serveCmd    `cmd:"" group:"program" help:"Serve the page and the JSON API."`
	Health   healthCmd   `cmd:"" group:"program" help:"Ask a server whether it is well, and what is wrong."`
	Eval     evalCmd     `cmd:"" group:"program" help:"Measure classifications against labelled products."`
	Version  versionCmd  `cmd:"" group:"program" help:"Print version, model and digest."`
}

// globals are the flags of every command. Each has a usable default: the first
// run needs no configuration.
type globals struct {
	Data  string `help:"Directory of imported lists and of the cases." env:"ASSAY_DATA" type:"path" placeholder:"DIR"`
	Model string `help:"Embedder: ${enum}." enum:"minilm,static,lexical,openai" default:"minilm" env:"ASSAY_MODEL"`

	Database string `help:"PostgreSQL with pgvector that keeps imported lists and cases and searches them, in place of the directory." env:"ASSAY_DATABASE_URL" placeholder:"URL"`

	WeighPrecedents bool `help:"Let decided cases that are like a product weigh in its assessment, which then says so. Off unless asked for." env:"ASSAY_WEIGH_PRECEDENTS"`

	OpenAIURL       string `name:"openai-url" help:"Base address of an OpenAI-compatible endpoint (--model openai). The key is read from ASSAY_OPENAI_KEY or OPENAI_API_KEY." env:"ASSAY_OPENAI_URL" placeholder:"URL"`
	OpenAIModel     string `name:"openai-model" help:"Name of its embedding model." env:"ASSAY_OPENAI_MODEL" placeholder:"NAME"`
	OpenAIDimension int    `name:"openai-dimension" help:"Dimension of its vectors; 0 asks the endpoint." env:"ASSAY_OPENAI_DIMENSION" placeholder:"N"`

	SecretKeyFile       string `help:"File with the key that seals the secrets of webhooks in the store: 64 hexadecimal digits. Without it they are stored as they are." env:"ASSAY_SECRET_KEY_FILE" type:"path" placeholder:"FILE"`
	WebhookAllowPrivate bool   `help:"Let webhooks reach private and loopback addresses, and use plain http." env:"ASSAY_WEBHOOK_ALLOW_PRIVATE"`

	logFlags

	log      *slog.Logger     // of what is no command's result
	did      func(review.Act) // is told of acts
	database *postgres.Store  // that of the flag, once opened
	cards    *retrieval.Index // of the digest, once put together
	atEnd    []func()         // what end does
}

// streams are what a command reads and writes, so that tests can be users.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	log *slog.Logger // nil: as the flags say, on err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(run(ctx, os.Args[1:], s))
}

// run is the program without its process: it returns the exit status.
func run(ctx context.Context, args []string, s streams) (status int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("assay"), kong.UsageOnError(), kong.Writers(s.out, s.err),
		kong.Description("Assay suggests export-control classifications for products, with cited matches, for a human to confirm."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "products", Title: "Products:"},
			{Key: "review", Title: "Cases, and what is decided:"},
			{Key: "lists", Title: "Official lists:"},
			{Key: "program", Title: "The program:"},
			{Key: "prepare", Title: "For whoever submits:"},
			{Key: "decide", Title: "For officers:"},
			{Key: "look", Title: "For both:"},
			{Key: "entrance", Title: "Who may come in:"},
		}),
		kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(s.err, "assay:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help printed and done
	}
	if err != nil {
		fmt.Fprintf(s.err, "assay: %v\nTry: assay --help\n", err)
		return exitUsage
	}
	if c.Data == "" {
		if c.Data, err = editions.DefaultDir(); err != nil {
			fmt.Fprintln(s.err, "assay:", err)
			return exitFailed
		}
	}
	defer c.end()
	if s.log == nil {
		s.log = c.logger(s.err)
	}
	c.log = s.log
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(s, &c.globals); err != nil {
		return exitStatus(s.err, err)
	}
	return exitDone
}

// usageError is a wrong use of a command that its flags alone do not show.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// quietError is a failure whose particulars were printed already.
var errReported = errors.New("reported")

// exitStatus tells people what failed and returns the status that says so.
func exitStatus(w io.Writer, err error) int {
	var usage usageError
	var input *classifier.InputError
	switch {
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage), errors.As(err, &input), review.KindOf(err) == review.Invalid:
		fmt.Fprintln(w, "assay:", err)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "assay: interrupted; nothing was left half-written")
		return exitFailed
	}
	fmt.Fprintln(w, "assay:", err)
	return exitFailed
}

type versionCmd struct{}

func (versionCmd) Run(ctx context.Context, s streams, g *globals) error {
	a, err := assemble(ctx, g, nil, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "assay %s\nmodel %s\ncorpus %s\n", version(), a.classifier.Model(), a.classifier.Corpus())
	return nil
}

// version returns the module version, or the commit the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}

# Assay: what a developer types. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
GOLANGCI_LINT_VERSION := v2.15.0
BIN := $(CURDIR)/.cache/bin

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./assay, stripped
	go build -trimpath -ldflags='-s -w' -o assay ./cmd/assay

.PHONY: test
test: ## run every test that this machine can run; says what it left out
	scripts/test

.PHONY: race
race: ## run the tests with the race detector
	go test -race -short ./...

.PHONY: lint
lint: $(BIN)/golangci-lint ## vet, linters and the import rule
	go vet ./...
	$(BIN)/golangci-lint run

$(BIN)/golangci-lint:
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

.PHONY: bench
bench: ## the benchmarks whose figures stand in docs/performance.md
	go test -run '^$$' -bench . -benchtime 2s -cpu 1,2 ./...

.PHONY: eval
eval: ## the evaluation's figures, three arrangements side by side
	go run ./cmd/assay eval run own --config digest,lexical,dense

.PHONY: golden
golden: ## write the golden figures anew; look at the diff before you commit it
	go test ./cmd/assay -run TestGolden -update

.PHONY: generate
generate: ## make generated files anew after changing cards: the compiled digest and its vectors
	go generate ./corpus/digest
	go generate ./classifier/embedding/ahead

.PHONY: fuzz
fuzz: ## fuzz every reader for a minute each
	scripts/fuzz 60s

.PHONY: shots
shots: ## take the screenshots in docs/ anew (needs chromium)
	ASSAY_SHOTS=$(CURDIR)/docs go test ./api -run TestBrowser/screenshots -count 1
	ASSAY_PICTURES=$(CURDIR)/docs go test ./api -run TestPicturesOfCases -count 1

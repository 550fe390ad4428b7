package catalogue

import (
	"fmt"
	"os"
	"path/filepath"
)

// draft is a file that takes its name only when it is whole.
type draft struct {
	file *os.File
	path string
}

func newDraft(path string) (*draft, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return nil, fmt.Errorf("cannot write beside %s: %w", path, err)
	}
	return &draft{f, path}, nil
}

func (d *draft) publish() error {
	err := d.file.Chmod(0o644)
	if err == nil {
		err = d.file.Sync()
	}
	if closeErr := d.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(d.file.Name(), d.path)
	}
	if err != nil {
		os.Remove(d.file.Name())
		return fmt.Errorf("writing %s: %w", d.path, err)
	}
	return nil
}

func (d *draft) discard() {
	d.file.Close()
	os.Remove(d.file.Name())
}

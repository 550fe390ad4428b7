//go:build !linux && !darwin && !freebsd

package sqlite

import (
	"errors"
	"os"
)

var errUnknown = errors.New("not looked at on this system")

func freeSpace(string) (uint64, error) { return 0, errUnknown }

// writable knows the mark that keeps everybody from writing, not more.
func writable(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o200 == 0 {
		err = os.ErrPermission
	}
	return err
}

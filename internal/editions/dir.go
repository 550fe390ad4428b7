package editions

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultDir returns where a user's editions lie: ASSAY_DATA when it is set,
// else the place that the system keeps for data of programs:
//
//	Linux, BSD   $XDG_DATA_HOME/assay, or ~/.local/share/assay
//	macOS        ~/Library/Application Support/assay
//	Windows      %LocalAppData%\assay
func DefaultDir() (string, error) {
	return defaultDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func defaultDir(goos string, env func(string) string, home func() (string, error)) (string, error) {
	if dir := env("ASSAY_DATA"); dir != "" {
		return filepath.Abs(dir)
	}
	under := []string{".local", "share"}
	switch goos {
	case "windows":
		if dir := env("LocalAppData"); dir != "" {
			return filepath.Join(dir, "assay"), nil
		}
		under = []string{"AppData", "Local"}
	case "darwin", "ios":
		under = []string{"Library", "Application Support"}
	default:
		// a relative XDG_DATA_HOME is to be ignored, says its specification
		if dir := env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "assay"), nil
		}
	}
	h, err := home()
	if err != nil {
		return "", errors.New("there is no home directory to keep editions in; set ASSAY_DATA to a directory")
	}
	return filepath.Join(append(append([]string{h}, under...), "assay")...), nil
}

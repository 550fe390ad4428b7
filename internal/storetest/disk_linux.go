package storetest

import (
	"fmt"
	"syscall"
	"testing"
)

// SmallDisk mounts a disk of size bytes at dir and returns dir. It is
// unmounted when the test ends. Without the right to mount the test is left out.
func SmallDisk(t testing.TB, dir string, size int) string {
	t.Helper()
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("left out: it needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Resize gives a SmallDisk another size.
func Resize(t testing.TB, dir string, size int) {
	t.Helper()
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatal(err)
	}
}

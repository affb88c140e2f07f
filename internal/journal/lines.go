package journal

import (
	"bufio"
	"io"
)

// EachLine calls each for every line of r in turn, with its newline and the
// offset at which it begins, until each fails. The last line has no newline if
// r ends without one, and neither has a line of more than limit bytes, of which
// only the beginning is given. The line is valid until each returns.
func EachLine(r io.Reader, limit int, each func(line []byte, offset int64) error) error {
	in := bufio.NewReaderSize(r, limit)
	for offset := int64(0); ; {
		line, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		size := int64(len(line))
		if err := each(line, offset); err != nil {
			return err
		}
		for err == bufio.ErrBufferFull {
			line, err = in.ReadSlice('\n')
			size += int64(len(line))
		}
		offset += size
	}
}

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
)

// shape is how a project writes its resources.
type shape string

const (
	blocks shape = "blocks" // one block a resource, all in one file
	count  shape = "count"  // one block with count
)

// writeProject writes a project of n files into dir. The files go to its
// subfolder out, so that counting them tells whether apply did its work.
func writeProject(dir string, how shape, n int) error {
	return writeFile(filepath.Join(dir, "main.cw.hcl"), func(w *bufio.Writer) {
		if how == count {
			fmt.Fprintf(w, "resource \"file\" \"f\" {\n  count   = %d\n", n)
			fmt.Fprintf(w, "  path    = \"out/${count.index}.txt\"\n  content = \"file ${count.index}\\n\"\n}\n")
			return
		}
		for i := range n {
			fmt.Fprintf(w, "resource \"file\" \"f%d\" {\n  path    = \"out/%d.txt\"\n  content = \"file %d\\n\"\n}\n\n", i, i, i)
		}
	})
}

// writeTerraform writes the nearest thing that terraform can do without a
// provider: n terraform_data resources, which touch nothing but its state.
func writeTerraform(dir string, n int) error {
	return writeFile(filepath.Join(dir, "main.tf"), func(w *bufio.Writer) {
		for i := range n {
			fmt.Fprintf(w, "resource \"terraform_data\" \"d%d\" {\n  input = \"file %d\\n\"\n}\n\n", i, i)
		}
	})
}

// writeFile streams, so that this program stays small beside what it measures.
func writeFile(name string, write func(*bufio.Writer)) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	write(w)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return file.Close()
}

// filesMade counts what apply made.
func filesMade(dir string) (int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "out"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	return len(entries), err
}

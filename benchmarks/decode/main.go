// Command decode measures what Go's own parser takes for goroutine profiles: google/pprof's ParseData (which inflates,
// parses and checks), then a hash of each stack's function names, each function hashed once. It is what
// benchmarks/bench_decode.py is compared with; both take turns on the same files.
//
// It reads a line "FOLDER gzip" or "FOLDER raw", parses every *.pb.gz of the folder once, in order, and answers with the
// median of nanoseconds per profile and the sum of all counts.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/google/pprof/profile"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		folder, form, _ := strings.Cut(lines.Text(), " ")
		bodies, err := load(folder, form == "raw")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		took, total := measure(bodies)
		fmt.Println(took, total)
	}
}

func load(folder string, raw bool) ([][]byte, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.pb.gz"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var bodies [][]byte
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if raw {
			inflater, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			if body, err = io.ReadAll(inflater); err != nil {
				return nil, err
			}
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

func measure(bodies [][]byte) (int64, int64) {
	var took []int64
	var total int64
	for _, body := range bodies {
		begin := time.Now()
		counts, err := count(body)
		took = append(took, time.Since(begin).Nanoseconds())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, goroutines := range counts {
			total += goroutines
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took[len(took)/2], total
}

// count gives goroutines per hash of a stack's function names, leaf first.
func count(body []byte) (map[uint64]int64, error) {
	parsed, err := profile.ParseData(body)
	if err != nil {
		return nil, err
	}
	names := make([]uint64, len(parsed.Function)+1)
	for _, function := range parsed.Function {
		if function.ID < uint64(len(names)) {
			names[function.ID] = xxhash.Sum64String(function.Name)
		}
	}
	counts := make(map[uint64]int64, len(parsed.Sample))
	stack := make([]byte, 0, 1024)
	for _, sample := range parsed.Sample {
		stack = stack[:0]
		for _, location := range sample.Location {
			for _, line := range location.Line {
				hash := names[line.Function.ID]
				stack = append(stack, byte(hash), byte(hash>>8), byte(hash>>16), byte(hash>>24),
					byte(hash>>32), byte(hash>>40), byte(hash>>48), byte(hash>>56))
			}
		}
		counts[xxhash.Sum64(stack)] += sample.Value[0]
	}
	return counts, nil
}

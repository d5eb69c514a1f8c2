// Reads dumps with gostackparse and says, a line each: file, seconds of the fastest of three rounds, goroutines, errors.
package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/DataDog/gostackparse"
)

func main() {
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		best := time.Duration(1 << 62)
		var goroutines, errors int
		for round := 0; round < 3; round++ {
			start := time.Now()
			found, broken := gostackparse.Parse(bytes.NewReader(text))
			best = min(best, time.Since(start))
			goroutines, errors = len(found), len(broken)
		}
		fmt.Println(name, best.Seconds(), goroutines, errors)
	}
}

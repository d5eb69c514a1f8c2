// Package drive calls a service over real HTTP: at random moments, with a load that rises and falls slowly.
package drive

import (
	"context"
	"io"
	"math"
	"math/rand"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	wavePeriod = 10 * time.Minute
	waveHeight = 0.5 // the load goes up and down by half
	longest    = 1024
)

// Caller sends requests to one address.
type Caller struct {
	client http.Client
	base   string
	began  time.Time
}

// NewCaller gives a caller whose requests end after the patience of a usual proxy.
func NewCaller(base string, patience time.Duration) *Caller {
	return &Caller{
		client: http.Client{
			Timeout:   patience,
			Transport: &http.Transport{MaxIdleConns: 20, MaxIdleConnsPerHost: 20, IdleConnTimeout: 20 * time.Second},
		},
		base:  base,
		began: time.Now(),
	}
}

// Run calls a path at random moments (a Poisson process), about perSecond times a second, until the context ends. At
// most `most` requests are under way at once, 0 for any number; made counts the calls that were begun.
func (c *Caller) Run(ctx context.Context, path string, perSecond float64, most int, made *atomic.Int64) {
	places := make(chan struct{}, max(most, longest))
	for {
		if !pause(ctx, c.untilNext(perSecond)) {
			return
		}
		if most > 0 && len(places) >= most {
			continue
		}
		places <- struct{}{}
		made.Add(1)
		go func() {
			defer func() { <-places }()
			c.call(path)
		}()
	}
}

// untilNext draws the time to the next call from the exponential distribution of the present rate.
func (c *Caller) untilNext(perSecond float64) time.Duration {
	turn := 2 * math.Pi * float64(time.Since(c.began)) / float64(wavePeriod)
	rate := perSecond * (1 + waveHeight*math.Sin(turn))
	return time.Duration(rand.ExpFloat64() / rate * float64(time.Second))
}

func (c *Caller) call(path string) {
	response, err := c.client.Get(c.base + path)
	if err != nil {
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
}

func pause(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

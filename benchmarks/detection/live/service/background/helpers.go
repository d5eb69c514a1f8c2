package background

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// startHelpers starts what runs as long as the service does: each is a stack of its own in the profile.
func (s *Service) startHelpers() {
	for range 8 {
		go s.serveJobs()
	}
	for range 3 {
		go s.flushAudit()
	}
	go s.evictEntries()
	go s.reportMetrics()
	go s.refreshConfiguration()
	go s.watchLeader()
	go s.announceChanges()
	go s.checkDatabase()
	go superviseShards(4)
	go rotateLogs()
	go reload()
	go consume(s.messages)
	go holdLease(s.lease)
	var ending context.Context
	ending, s.stop = context.WithCancel(context.Background())
	go waitForShutdown(ending)
}

func (s *Service) serveJobs() {
	for job := range s.jobs {
		job()
	}
}

func (s *Service) flushAudit() {
	batch := 0
	for timer := time.NewTimer(time.Second); ; timer.Reset(time.Second) {
		select {
		case <-s.audit:
			batch++
		case <-timer.C:
			batch = 0
		}
	}
}

func (s *Service) evictEntries() {
	for range time.NewTicker(20 * time.Second).C {
		s.cache.Lock()
		clear(s.entries)
		s.cache.Unlock()
	}
}

func (s *Service) reportMetrics() {
	for range time.NewTicker(3 * time.Second).C {
		s.world.Work("metrics")
	}
}

func (s *Service) refreshConfiguration() {
	for {
		time.Sleep(7 * time.Second)
		s.world.Work("configuration")
	}
}

func (s *Service) watchLeader() {
	renew := time.NewTicker(11 * time.Second)
	for {
		select {
		case <-renew.C:
			s.world.Work("lease")
		case <-s.changed:
		}
	}
}

// announceChanges wakes whoever waits for a change, now and then.
func (s *Service) announceChanges() {
	for range time.NewTicker(2 * time.Second).C {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

func (s *Service) checkDatabase() {
	for range time.NewTicker(5 * time.Second).C {
		_ = s.database.Ping()
	}
}

func superviseShards(count int) {
	var shards sync.WaitGroup
	shards.Add(count)
	for range count {
		go func() {
			defer shards.Done()
			compactShard()
		}()
	}
	shards.Wait()
}

func compactShard() {
	for {
		time.Sleep(4 * time.Second)
	}
}

func rotateLogs() {
	<-time.After(24 * time.Hour)
}

func reload() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	for range asked {
	}
}

func consume(messages <-chan string) {
	for message := range messages {
		_ = message
	}
}

func waitForShutdown(ctx context.Context) {
	<-ctx.Done()
}

func holdLease(lease *sync.Cond) {
	lease.L.Lock()
	defer lease.L.Unlock()
	lease.Wait()
}

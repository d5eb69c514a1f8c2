// Package patterns lists what can be called: each pattern as a leaky and a fixed twin, with what its leak looks like.
package patterns

import (
	"context"

	"example.com/live/fixed"
	"example.com/live/leaky"
	"example.com/live/world"
)

// Call is one call of a pattern, made by a request.
type Call func(context.Context, *world.World) error

// Stack says what a stack that grows looks like: its operation as Leakstream names it, and a part of it that matches a
// regular expression. Part is `site` (the first function of the user's own), `origin` (the goroutine's entry) or `frames`.
type Stack struct {
	Operation string `json:"operation"`
	Part      string `json:"part"`
	Matches   string `json:"matches"`
}

// Pattern is one way to leak. Expected are the stacks that a person must be led to, Also those that grow with them. Rate
// is how often it should be called, where its calls leak more or less than most.
type Pattern struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Expected []Stack `json:"expected"`
	Also     []Stack `json:"also"`
	Leaky    Call    `json:"-"`
	Fixed    Call    `json:"-"`
	Rate     string  `json:"rate"`
}

// Twin gives the call of a twin by its name; nil where there is none.
func (p Pattern) Twin(name string) Call {
	switch name {
	case "leaky":
		return p.Leaky
	case "fixed":
		return p.Fixed
	}
	return nil
}

// All gives every pattern, those of the table and those that a build added.
func All() []Pattern { return append(table, more...) }

var more []Pattern

// Add adds patterns that are not of the table.
func Add(patterns ...Pattern) { more = append(more, patterns...) }

func site(operation, matches string) Stack { return Stack{operation, "site", matches} }

var table = []Pattern{
	twins("01", "premature return", one("chan send", "EarlyReturn"), nil, leaky.EarlyReturn, fixed.EarlyReturn),
	twins("02", "timeout", one("chan send", "Timeout"), nil, leaky.Timeout, fixed.Timeout),
	twins("03", "NCast", one("chan send", "NCast"), nil, leaky.NCast, fixed.NCast),
	twins("04", "double send", one("chan send", "DoubleSend"), nil, leaky.DoubleSend, fixed.DoubleSend),
	twins("05", "unclosed range", one("chan receive", "UnclosedRange"), nil, leaky.UnclosedRange, fixed.UnclosedRange),
	twins("06", "start without stop", one("select", `\(\*Watcher\).Start`), nil, leaky.MissingStop, fixed.MissingStop),
	twins("07", "looping timer", one("sleep", "pollRates"), nil, leaky.LoopingTimer, fixed.LoopingTimer),
	twins("08", "select without done", one("select", "SelectNoDone"), nil, leaky.SelectNoDone, fixed.SelectNoDone),
	twins("09", "abandoned cancel", one("chan receive", "cleanUpAfter"), nil, leaky.AbandonedCancel, fixed.AbandonedCancel),
	twins("10", "sender died", one("chan receive", "useAnswer"), nil, leaky.SenderDied, fixed.SenderDied),
	twins("11", "nil channel", one("chan send", `\(\*Feed\).publish`), nil, leaky.NilChannel, fixed.NilChannel),
	twins("12", "select{} in a library", one(`select \(no cases\)`, "traceForever"), nil, leaky.SelectForever, fixed.SelectForever),
	twins("13", "body not closed", clientPair, serverSide, leaky.BodyNotClosed, fixed.BodyNotClosed),
	twins("14", "client for each call", clientPair, serverSide, leaky.ClientPerCall, fixed.ClientPerCall),
	twins("15", "no deadline", one("io wait", "readGreeting"), nil, leaky.NoDeadline, fixed.NoDeadline),
	twins("16", "handler stuck", one("chan receive", "HandlerStuck"), nil, leaky.HandlerStuck, fixed.HandlerStuck),
	twins("17", "gRPC stream not drained", []Stack{site("select", `grpc\.newClientStream`)}, nil, leaky.StreamNotDrained, fixed.StreamNotDrained),
	twins("18", "gRPC connection not closed", []Stack{{".*", "frames", `google\.golang\.org/grpc`}}, nil, leaky.ConnectionNotClosed, fixed.ConnectionNotClosed),
	twins("19", "sql.Open for each call", []Stack{site("select", `database/sql\.\(\*DB\)\.connectionOpener`)}, nil, leaky.OpenPerCall, fixed.OpenPerCall),
	twins("20", "WaitGroup misuse", one("wait group", "closeAfter"), nil, leaky.WaitGroupMisuse, fixed.WaitGroupMisuse),
	twins("21", "mutex not unlocked", one("mutex lock", "MissingUnlock"), nil, leaky.MissingUnlock, fixed.MissingUnlock),
	twins("22", "lock order", one("mutex lock", "move(Out|Back)"), nil, leaky.LockOrder, fixed.LockOrder),
	twins("23", "lock held across a send", one("mutex lock", `\(\*Journal\).write`), nil, leaky.LockAcrossSend, fixed.LockAcrossSend),
	twins("24", "missed signal", one("cond", "waitReady"), nil, leaky.MissedSignal, fixed.MissedSignal),
	twins("25", "pipe unread", []Stack{{"select", "frames", `leaky\.encode`}}, nil, leaky.PipeUnread, fixed.PipeUnread),
	twins("26", "pipe held by a child", []Stack{{".*", "frames", `os/exec\.\(\*Cmd\)`}}, nil, leaky.PipeHeld, fixed.PipeHeld),
	twins("27", "iter.Pull not stopped", []Stack{{"coroutine", "frames", `leaky\.pages`}}, nil, leaky.PullNotStopped, fixed.PullNotStopped),
	twins("28", "AfterFunc blocks", one("chan send", "expire"), nil, leaky.AfterFuncBlocks, fixed.AfterFuncBlocks),
}

// The two ends of a connection that is kept: those of the client lead a person to the mistake.
var (
	clientPair = []Stack{{".*", "frames", `net/http\.\(\*persistConn\)\.(readLoop|writeLoop)`}}
	serverSide = []Stack{{"io wait", "origin", `net/http\.\(\*conn\)\.serve`}}
)

func one(operation, function string) []Stack { return []Stack{site(operation, `leaky\.`+function)} }

func twins(id, name string, expected, also []Stack, leaky, fixed Call) Pattern {
	return Pattern{ID: id, Name: name, Expected: expected, Also: also, Leaky: leaky, Fixed: fixed}
}

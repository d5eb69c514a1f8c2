package world

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The methods of the gRPC server: Get answers once, Watch sends three messages.
const (
	GetMethod   = "/live.Feed/Get"
	WatchMethod = "/live.Feed/Watch"
)

// WatchStream says how Watch is called.
var WatchStream = grpc.StreamDesc{StreamName: "Watch", ServerStreams: true, Handler: watch}

type feedServer interface{}

func serveFeed() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "live.Feed",
		HandlerType: (*feedServer)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Get", Handler: get}},
		Streams:     []grpc.StreamDesc{WatchStream},
	}, struct{}{})
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String(), nil
}

func get(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	return wrapperspb.String("price"), decode(&emptypb.Empty{})
}

func watch(_ any, stream grpc.ServerStream) error {
	if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
		return err
	}
	for range 3 {
		if err := stream.SendMsg(wrapperspb.String("changed")); err != nil {
			return err
		}
	}
	return nil
}

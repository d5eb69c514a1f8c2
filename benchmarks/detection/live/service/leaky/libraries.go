package leaky

import (
	"context"
	"database/sql"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"example.com/live/world"
)

// StreamNotDrained (17) takes one message of a stream and forgets the rest.
func StreamNotDrained(_ context.Context, w *world.World) error {
	stream, err := w.Feed.NewStream(context.Background(), &world.WatchStream, world.WatchMethod)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&emptypb.Empty{}); err != nil {
		return err
	}
	var first wrapperspb.StringValue
	if err := stream.RecvMsg(&first); err != nil {
		return err
	}
	w.Use(first.Value)
	return nil
}

// ConnectionNotClosed (18) dials for each call.
func ConnectionNotClosed(ctx context.Context, w *world.World) error {
	connection, err := grpc.NewClient(w.FeedAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	var answer wrapperspb.StringValue
	return connection.Invoke(ctx, world.GetMethod, &emptypb.Empty{}, &answer)
}

// OpenPerCall (19) opens a database for each call.
func OpenPerCall(ctx context.Context, w *world.World) error {
	database, err := sql.Open("fake", "orders")
	if err != nil {
		return err
	}
	var text string
	err = database.QueryRowContext(ctx, "SELECT name").Scan(&text)
	w.Use(text)
	return err
}

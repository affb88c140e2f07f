package main

import "context"

func shell(ctx context.Context, p process, args []string) int       { return p.fail(1, "todo") }
func redisServer(ctx context.Context, p process, args []string) int { return p.fail(1, "todo") }
func redisClient(ctx context.Context, p process, args []string) int { return p.fail(1, "todo") }
func postgres(ctx context.Context, p process, args []string) int    { return p.fail(1, "todo") }
func pgIsReady(ctx context.Context, p process, args []string) int   { return p.fail(1, "todo") }

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// mostRESP bounds what one message of Redis's protocol may hold.
const mostRESP = 1 << 20

// readCommand reads a command: an array of strings, or a line of words.
func readCommand(in *bufio.Reader) ([]string, error) {
	line, err := readLine(in)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(line, "*") {
		return strings.Fields(line), nil
	}
	n, err := strconv.Atoi(line[1:])
	if err != nil || n > 1024 {
		return nil, errors.New("invalid multibulk length")
	}
	var args []string
	for range n {
		line, err := readLine(in)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(line, "$") {
			return nil, fmt.Errorf("expected '$', got '%.1s'", line)
		}
		arg, err := readBulk(in, line[1:])
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// readBulk reads a string of a length that has been told.
func readBulk(in *bufio.Reader, length string) (string, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > mostRESP {
		return "", errors.New("invalid bulk length")
	}
	b := make([]byte, n+2)
	if _, err := io.ReadFull(in, b); err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

// readReply reads a reply and returns it as redis-cli prints it where nobody
// watches; an error is one of the server's only when failed is set.
func readReply(in *bufio.Reader) (text string, failed bool, err error) {
	line, err := readLine(in)
	if err != nil {
		return "", false, err
	}
	if line == "" {
		return "", false, errors.New("an empty reply")
	}
	switch rest := line[1:]; line[0] {
	case '+', ':':
		return rest, false, nil
	case '-':
		return rest, true, nil
	case '$':
		if rest == "-1" {
			return "", false, nil
		}
		text, err := readBulk(in, rest)
		return text, false, err
	case '*':
		n, err := strconv.Atoi(rest)
		if err != nil || n > mostRESP {
			return "", false, errors.New("invalid multibulk length")
		}
		var items []string
		for range n {
			item, _, err := readReply(in)
			if err != nil {
				return "", false, err
			}
			items = append(items, item)
		}
		return strings.Join(items, "\n"), false, nil
	}
	return "", false, fmt.Errorf("no reply of Redis: %.20q", line)
}

// redisClient is redis-cli [-h HOST] [-p PORT] [-a PASSWORD] COMMAND...
func redisClient(ctx context.Context, p process, args []string) int {
	host, port, password := "127.0.0.1", "6379", ""
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-h":
			host = args[1]
		case "-p":
			port = args[1]
		case "-a":
			password = args[1]
		default:
			return p.fail(1, "Unrecognized option or bad number of args for: '%s'", args[0])
		}
		args = args[2:]
	}
	if len(args) == 0 {
		return p.fail(1, "usage: redis-cli [-h HOST] [-p PORT] [-a PASSWORD] COMMAND...")
	}
	address := net.JoinHostPort(host, port)
	connection, err := dial(ctx, address, 2*time.Second)
	if err != nil {
		return p.fail(1, "Could not connect to Redis at %s: %v", address, err)
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(connection)
	commands := [][]string{args}
	if password != "" {
		commands = [][]string{{"AUTH", password}, args}
	}
	for i, command := range commands {
		_, err := io.WriteString(connection, array(command))
		if err != nil {
			return p.failed("redis-cli", err)
		}
		text, failed, err := readReply(in)
		if err != nil {
			return p.failed("redis-cli", err)
		}
		if failed && i < len(commands)-1 {
			return p.fail(1, "AUTH failed: %s", text)
		}
		if i == len(commands)-1 {
			fmt.Fprintln(p.out, text)
			if failed {
				return 1
			}
		}
	}
	return 0
}

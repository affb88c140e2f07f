package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// redisServer is redis-server [--port N] [--requirepass WORD] [--OPTION VALUE]...
// It keeps its keys in dump.rdb in the working folder, as the real one does when
// it is told to stop, though not in the real one's format.
func redisServer(ctx context.Context, p process, args []string) int {
	port, password := "6379", ""
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "--") || i+1 == len(args) {
			return p.fail(1, "redis-server: %q is no option with a value", args[i])
		}
		switch args[i] {
		case "--port":
			port = args[i+1]
		case "--requirepass":
			password = args[i+1]
		}
		i++
		for i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") { // --save 60 1
			i++
		}
	}
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return p.failed("redis-server", err)
	}
	say := func(text string) {
		fmt.Fprintf(p.out, "1:M %s * %s\n", time.Now().UTC().Format("02 Jan 2006 15:04:05.000"), text)
	}
	r := &redis{password: password, keys: map[string]string{}}
	if err := r.restore("dump.rdb"); err != nil {
		return p.failed("redis-server", err)
	}
	say("Server initialized")
	say("Ready to accept connections tcp")
	r.serve(ctx, l)
	say("User requested shutdown...")
	if err := r.save("dump.rdb"); err != nil {
		say("Error trying to save the DB, can't exit: " + err.Error())
		return 1
	}
	say("Redis is now ready to exit, bye bye...")
	return 0
}

// redis holds the keys of a server.
type redis struct {
	password string

	mu   sync.Mutex
	keys map[string]string
}

func (r *redis) restore(name string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &r.keys)
}

// save writes the keys, if there are any: a folder that cannot be written to is
// no matter when nothing needs to be.
func (r *redis) save(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) == 0 {
		return nil
	}
	text, err := json.Marshal(r.keys)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// serve answers connections until the context ends.
func (r *redis) serve(ctx context.Context, l net.Listener) {
	accept(ctx, l, func(connection net.Conn) {
		in, out := bufio.NewReader(connection), bufio.NewWriter(connection)
		trusted := r.password == ""
		for {
			args, err := readCommand(in)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					fmt.Fprintf(out, "-ERR Protocol error: %v\r\n", err)
					_ = out.Flush()
				}
				return
			}
			if len(args) == 0 {
				continue
			}
			name := strings.ToUpper(args[0])
			switch {
			case name == "AUTH":
				trusted = r.auth(out, args[1:]) || trusted
			case !trusted && name != "QUIT":
				fmt.Fprint(out, "-NOAUTH Authentication required.\r\n")
			default:
				fmt.Fprint(out, r.answer(name, args[1:]))
			}
			if in.Buffered() == 0 || name == "QUIT" {
				if out.Flush() != nil || name == "QUIT" {
					return
				}
			}
		}
	})
}

// accept serves connections, each on its own, until the context ends.
func accept(ctx context.Context, l net.Listener, serve func(net.Conn)) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		connection, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
			defer stop()
			defer func() { _ = connection.Close() }()
			serve(connection)
		}()
	}
}

func (r *redis) auth(out io.Writer, args []string) bool {
	switch {
	case len(args) != 1 && len(args) != 2:
		fmt.Fprint(out, "-ERR wrong number of arguments for 'auth' command\r\n")
	case r.password == "":
		fmt.Fprint(out, "-ERR AUTH <password> called without any password configured for the default user. "+
			"Are you sure your configuration is correct?\r\n")
	case args[len(args)-1] != r.password || len(args) == 2 && args[0] != "default":
		fmt.Fprint(out, "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
	default:
		fmt.Fprint(out, "+OK\r\n")
		return true
	}
	return false
}

// answer carries a command out and returns the reply.
func (r *redis) answer(name string, args []string) string {
	least := map[string]int{"SET": 2, "GET": 1, "INCR": 1, "DEL": 1, "EXISTS": 1, "SELECT": 1, "ECHO": 1}
	if len(args) < least[name] {
		return fmt.Sprintf("-ERR wrong number of arguments for '%s' command\r\n", strings.ToLower(name))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch name {
	case "PING":
		if len(args) > 0 {
			return bulk(args[0])
		}
		return "+PONG\r\n"
	case "ECHO":
		return bulk(args[0])
	case "SET":
		if len(args) > 2 {
			return "-ERR syntax error: the stand-in's SET has no options\r\n"
		}
		r.keys[args[0]] = args[1]
		return "+OK\r\n"
	case "GET":
		value, ok := r.keys[args[0]]
		if !ok {
			return "$-1\r\n"
		}
		return bulk(value)
	case "INCR":
		n, err := strconv.ParseInt(r.keys[args[0]], 10, 64)
		if _, ok := r.keys[args[0]]; ok && err != nil {
			return "-ERR value is not an integer or out of range\r\n"
		}
		r.keys[args[0]] = strconv.FormatInt(n+1, 10)
		return integer(n + 1)
	case "DEL", "EXISTS":
		n := int64(0)
		for _, key := range args {
			if _, ok := r.keys[key]; ok {
				n++
			}
			if name == "DEL" {
				delete(r.keys, key)
			}
		}
		return integer(n)
	case "KEYS":
		return array(slices.Sorted(maps.Keys(r.keys)))
	case "DBSIZE":
		return integer(int64(len(r.keys)))
	case "INFO":
		return bulk("# Server\r\nredis_version:7.4.7\r\nredis_mode:standalone\r\nos:Linux\r\ntcp_port:6379\r\n\r\n" +
			"# Replication\r\nrole:master\r\nconnected_slaves:0\r\n")
	case "COMMAND":
		return "*0\r\n"
	case "SELECT":
		if args[0] != "0" {
			return "-ERR DB index is out of range\r\n"
		}
		return "+OK\r\n"
	case "QUIT":
		return "+OK\r\n"
	}
	return fmt.Sprintf("-ERR unknown command '%s', with args beginning with: \r\n", name)
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func integer(n int64) string { return fmt.Sprintf(":%d\r\n", n) }

func array(items []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(items))
	for _, item := range items {
		b.WriteString(bulk(item))
	}
	return b.String()
}

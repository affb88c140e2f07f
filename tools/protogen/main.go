// Command protogen compiles .proto files and hands them to protoc-gen-go and
// protoc-gen-go-grpc, which must be on PATH. It stands in for protoc, so that
// generating code needs nothing but Go:
//
//	protogen [-I FOLDER] [-o FOLDER] [-set FILE] FILE.proto...
//
// Files are named relative to -I, and what is generated for FILE.proto is put
// beside it, relative to -o. With -set, the files are also written to FILE in
// their compiled form, a FileDescriptorSet without comments, for languages that
// read that when they run.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

func main() {
	include := flag.String("I", ".", "the folder that file names are relative to")
	out := flag.String("o", ".", "the folder to write to")
	set := flag.String("set", "", "a file to write the compiled form to")
	flag.Parse()
	if err := run(context.Background(), *include, *out, *set, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, include, out, set string, files []string) error {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			ImportPaths: []string{include},
		}),
		// Comments in a .proto become the doc comments of the Go code.
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, files...)
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	if set != "" {
		if err := writeSet(set, withImports(compiled)); err != nil {
			return err
		}
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: files,
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      withImports(compiled),
	})
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	for _, plugin := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		if err := generate(ctx, plugin, request, out); err != nil {
			return fmt.Errorf("%s: %w", plugin, err)
		}
	}
	return nil
}

// withImports returns the files and all that they import, each behind what it
// imports, as plugins want them.
func withImports(files linker.Files) []*descriptorpb.FileDescriptorProto {
	var sorted []*descriptorpb.FileDescriptorProto
	seen := map[string]bool{}
	var visit func(protoreflect.FileDescriptor)
	visit = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			visit(file.Imports().Get(i).FileDescriptor)
		}
		sorted = append(sorted, protoutil.ProtoFromFileDescriptor(file))
	}
	for _, file := range files {
		visit(file)
	}
	return sorted
}

// writeSet writes the compiled form of files, without what only people read.
func writeSet(name string, files []*descriptorpb.FileDescriptorProto) error {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range files {
		bare := proto.CloneOf(file)
		bare.SourceCodeInfo = nil
		set.File = append(set.File, bare)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		return fmt.Errorf("encode the compiled form: %w", err)
	}
	return os.WriteFile(name, b, 0o644)
}

// generate runs one plugin and writes the files that it answers with.
func generate(ctx context.Context, plugin string, request []byte, out string) error {
	command := exec.CommandContext(ctx, plugin)
	command.Stdin = bytes.NewReader(request)
	command.Stderr = os.Stderr
	answer, err := command.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		return fmt.Errorf("decode the response: %w", err)
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
	}
	for _, file := range response.File {
		name := filepath.Join(out, filepath.FromSlash(file.GetName()))
		if err := os.WriteFile(name, []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

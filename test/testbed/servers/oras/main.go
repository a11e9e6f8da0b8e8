// Command oras copies an artifact with all that is attached to it between registries, OCI layouts and tars of OCI
// layouts, by the ORAS library: an independent reader of archives and writer of layouts.
//
//	oras copy FROM REFERENCE TO [TAG]   prints the digest of what was copied
//
// FROM and TO are folders, FROM may be a .tar, and both may be http://HOST/REPOSITORY.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry/remote"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oras:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 4 || len(args) > 5 || args[0] != "copy" {
		return fmt.Errorf("usage: oras copy FROM REFERENCE TO [TAG]")
	}
	source, err := openSource(ctx, args[1])
	if err != nil {
		return err
	}
	target, err := openTarget(ctx, args[3])
	if err != nil {
		return err
	}
	tag := ""
	if len(args) == 5 {
		tag = args[4]
	}
	copied, err := oras.ExtendedCopy(ctx, source, args[2], target, tag, oras.DefaultExtendedCopyOptions)
	if err != nil {
		return err
	}
	fmt.Println(copied.Digest)
	return nil
}

func openSource(ctx context.Context, place string) (oras.ReadOnlyGraphTarget, error) {
	if strings.HasSuffix(place, ".tar") {
		return oci.NewFromTar(ctx, place)
	}
	if info, err := os.Stat(place); err == nil && info.IsDir() {
		return oci.NewFromFS(ctx, fs.FS(os.DirFS(place)))
	}
	return openRegistry(place)
}

func openTarget(ctx context.Context, place string) (oras.Target, error) {
	if strings.Contains(place, "://") {
		return openRegistry(place)
	}
	return oci.NewWithContext(ctx, place)
}

func openRegistry(place string) (*remote.Repository, error) {
	scheme, name, found := strings.Cut(place, "://")
	if !found {
		return nil, fmt.Errorf("%s is no folder, no tar and no registry", place)
	}
	repository, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	repository.PlainHTTP = scheme == "http"
	return repository, nil
}

// A target that does not tell who is attached to whom copies the artifact alone.
var _ content.ReadOnlyGraphStorage = (*remote.Repository)(nil)

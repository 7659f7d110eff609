package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"gopkg.in/yaml.v3"
)

// flags is what stood on the command line. Only keys that were given are in keys.
type flags struct {
	version     bool
	checkConfig bool
	keys        map[string]string
}

// Karma has a flag for nearly every key; these are the ones that the charm and its tests use.
var (
	stringFlags = []string{"alertmanager.uri", "log.format"}
	boolFlags   = []string{"alertmanager.proxy", "alertmanager.readonly", "debug"}
)

// parseFlags reads the command line; an unknown flag is an error.
func parseFlags(args []string) (*flags, error) {
	given := &flags{keys: map[string]string{}}
	set := flag.NewFlagSet("karma", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.BoolVar(&given.version, "version", false, "")
	set.BoolVar(&given.checkConfig, "check-config", false, "")
	for _, name := range stringFlags {
		set.Func(name, "", func(value string) error { given.keys[name] = value; return nil })
	}
	for _, name := range boolFlags {
		set.BoolFunc(name, "", func(value string) error { given.keys[name] = value; return nil })
	}
	return given, set.Parse(args)
}

// readSettings merges the three sources, the strongest last: environment, file, flags. It returns the file's path too.
func readSettings(given *flags) (*settings, string, error) {
	tree := fromEnvironment(os.Environ())
	file := os.Getenv("CONFIG_FILE")
	var text []byte
	if file != "" {
		var err error
		var parsed map[string]any
		if text, err = os.ReadFile(file); err == nil {
			err = yaml.Unmarshal(text, &parsed)
		}
		if err != nil {
			return nil, "", fmt.Errorf("failed to load configuration file %q: %w", file, err)
		}
		merge(tree, parsed)
	}
	for key, value := range given.keys {
		place(tree, strings.Split(key, "."), value)
	}

	cfg := defaults()
	// The loose reading takes "5" for a number and names the key at fault; the strict one below takes neither that
	// nor a key it does not know, and names the line. Karma does both, in this order.
	for _, target := range []any{cfg, &flagSettings{}} {
		if err := decodeLoosely(tree, target); err != nil {
			return nil, "", fmt.Errorf("failed to unmarshal configuration: %w", err)
		}
	}
	if file != "" {
		decoder := yaml.NewDecoder(strings.NewReader(string(text)))
		decoder.KnownFields(true)
		if err := decoder.Decode(&settings{}); err != nil {
			return nil, "", fmt.Errorf("failed to parse configuration file %q: %w", file, err)
		}
	}
	if err := cfg.check(); err != nil {
		return nil, "", err
	}
	cfg.complete()
	return cfg, file, nil
}

// complete gives every server what it did not set itself.
func (cfg *settings) complete() {
	for i := range cfg.Alertmanager.Servers {
		server := &cfg.Alertmanager.Servers[i]
		server.Name = cmp.Or(server.Name, "default")
		server.Timeout = cmp.Or(server.Timeout, defaultServerTimeout)
		server.CORS.Credentials = cmp.Or(server.CORS.Credentials, "include")
		server.Cluster = cmp.Or(server.Cluster, server.Name)
	}
}

func decodeLoosely(tree map[string]any, target any) error {
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:           target,
		TagName:          "yaml",
		WeaklyTypedInput: true,
		ZeroFields:       true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToSliceHookFunc(" "),
			mapstructure.StringToTimeDurationHookFunc(),
		),
	})
	if err != nil {
		return err
	}
	return decoder.Decode(tree)
}

// fromEnvironment maps every variable onto a key, ALERTMANAGER_PROXY_PORT onto alertmanager.proxy.port: this is how a
// Kubernetes service named alertmanager-proxy keeps Karma from starting.
func fromEnvironment(environ []string) map[string]any {
	tree := map[string]any{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "HOST":
			place(tree, []string{"listen", "address"}, value)
		case "PORT":
			place(tree, []string{"listen", "port"}, value)
		}
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		place(tree, strings.Split(strings.ToLower(name), "_"), value)
	}
	return tree
}

// place sets one key of the tree; what stood in the way of its path gives way.
func place(tree map[string]any, path []string, value any) {
	for _, part := range path[:len(path)-1] {
		key := sameKey(tree, part)
		branch, ok := tree[key].(map[string]any)
		if !ok {
			branch = map[string]any{}
			tree[key] = branch
		}
		tree = branch
	}
	tree[sameKey(tree, path[len(path)-1])] = value
}

// merge lays the stronger tree over the weaker one.
func merge(weaker, stronger map[string]any) {
	for key, value := range stronger {
		old := sameKey(weaker, key)
		below, isTree := value.(map[string]any)
		oldBelow, wasTree := weaker[old].(map[string]any)
		if isTree && wasTree {
			merge(oldBelow, below)
			continue
		}
		delete(weaker, old)
		weaker[key] = value
	}
}

// sameKey finds the key of the tree that differs from the given one in upper and lower case at most.
func sameKey(tree map[string]any, key string) string {
	for existing := range tree {
		if strings.EqualFold(existing, key) {
			return existing
		}
	}
	return key
}

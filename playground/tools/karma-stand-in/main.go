// Command karma-stand-in answers as Karma v0.133 does wherever the charm relies on it, and nowhere else. It lets the
// playground and the functional tests run where no real Karma can be had. It is not Karma: its page and its version
// say so, it strips no labels, enforces no ACL and draws no dashboard.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const version = "v0.133-stand-in"

// shutdownLimit bounds how long requests under way may hold up the end of the process.
const shutdownLimit = 5 * time.Second

func main() {
	setupLog("info", "text", false)
	if err := run(os.Args[1:]); err != nil {
		slog.Error("Execution failed", slog.Any("error", err))
		os.Exit(1)
	}
}

func run(args []string) error {
	given, err := parseFlags(args)
	if err != nil {
		// As in Karma, an unknown flag is no error of the configuration: 2, not 1.
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if given.version {
		fmt.Println(version)
		return nil
	}
	cfg, file, err := readSettings(given)
	if err != nil {
		return err
	}
	if err := setupLog(cfg.Log.Level, cfg.Log.Format, cfg.Log.Timestamp); err != nil {
		return err
	}
	if file != "" {
		slog.Info("Reading configuration file", slog.String("path", file))
	}
	if err := cfg.checkStart(); err != nil {
		return err
	}
	slog.Info("Version: " + version)
	upstreams, err := newUpstreams(cfg.Alertmanager.Servers)
	if err != nil {
		return err
	}
	if err := checkACL(cfg); err != nil {
		return err
	}
	if given.checkConfig {
		slog.Info("Configuration is valid")
		return nil
	}
	return serve(cfg, upstreams)
}

// serve opens HTTP only after the first pull, and re-pulls until a signal ends it.
func serve(cfg *settings, upstreams []*upstream) error {
	slog.Info("Initial Alertmanager collection")
	pullAll(upstreams)
	slog.Info("Done, starting HTTP server")

	address := net.JoinHostPort(cfg.Listen.Address, strconv.Itoa(cfg.Listen.Port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() {
		for range time.Tick(cfg.Alertmanager.Interval) {
			pullAll(upstreams)
		}
	}()

	server := &http.Server{
		Handler:      newHandler(cfg, upstreams),
		ReadTimeout:  cfg.Listen.Timeout.Read,
		WriteTimeout: cfg.Listen.Timeout.Write,
	}
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		scheme, serve := "HTTP", func() error { return server.Serve(listener) }
		if cfg.Listen.TLS.Cert != "" {
			scheme, serve = "HTTPS", func() error { return server.ServeTLS(listener, cfg.Listen.TLS.Cert, cfg.Listen.TLS.Key) }
		}
		slog.Info("Starting "+scheme+" server", slog.String("address", listener.Addr().String()))
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			slog.Error(scheme+" server startup error", slog.Any("error", err))
			// Karma v0.133 ends such a start as if it had been asked to stop: with exit code 0.
			quit <- syscall.SIGTERM
		}
	}()

	slog.Info("Shutting down HTTP server", slog.Any("signal", <-quit))
	ctx, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("shutdown error: %w", err)
	}
	slog.Info("HTTP server shut down")
	return nil
}

// setupLog sends every log line to standard error, in the form that the configuration asks for.
func setupLog(level, format string, timestamp bool) error {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError,
	}
	minimum, known := levels[level]
	if !known {
		return fmt.Errorf("unknown log level '%s'", level)
	}
	options := &slog.HandlerOptions{Level: minimum}
	if !timestamp {
		options.ReplaceAttr = func(groups []string, attr slog.Attr) slog.Attr {
			if len(groups) == 0 && attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		}
	}
	switch format {
	case "text":
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, options)))
	case "json":
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, options)))
	default:
		return fmt.Errorf("unknown log format '%s'", format)
	}
	return nil
}

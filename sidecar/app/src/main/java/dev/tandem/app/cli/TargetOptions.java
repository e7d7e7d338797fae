package dev.tandem.app.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of every command that calls a sidecar. */
@Command
final class TargetOptions {
    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description = "The sidecar: host:port or unix:///path. Default: TANDEM_ADDRESS, or 127.0.0.1:7420.")
    @Nullable
    String address;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "Default: TANDEM_NAMESPACE, or default.")
    @Nullable
    String namespace;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long the call may take. Default: TANDEM_TIMEOUT, or 10s.")
    @Nullable
    Duration timeout;

    @Option(names = "--json", description = "Print JSON, as the API gives it.")
    boolean isJson;
}

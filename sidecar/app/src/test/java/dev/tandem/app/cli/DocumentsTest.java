package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.Key;
import dev.tandem.app.config.Keys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Holds the documents that list keys and commands to the program.
 *
 * <p>To write them anew: {@code ./mvnw -pl sidecar/app -am test -Dtest=DocumentsTest -Dtandem.docs=write
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class DocumentsTest {
    private static final Path DOCS = Path.of("..", "..", "docs");

    @Test
    void configuration_document_isWhatTheKeysSay() throws IOException {
        check("configuration.md", configuration());
    }

    @Test
    void cli_document_isWhatTheCommandsSay() throws IOException {
        check("cli.md", cli());
    }

    private static void check(String name, String text) throws IOException {
        Path file = DOCS.resolve(name);
        if ("write".equals(System.getProperty("tandem.docs"))) {
            Files.writeString(file, text);
        }
        assertThat(Files.readString(file))
                .as("docs/" + name + " is out of date; write it anew as DocumentsTest says")
                .isEqualTo(text);
    }

    private static String configuration() {
        StringBuilder text = new StringBuilder("""
                # Configuration

                A sidecar needs none: without it, tasks are kept in `./tandem.db`. What can be set is set in one YAML file (`--config`, or the
                variable `TANDEM_CONFIG`), by variables over it, and by flags over both. `drain.timeout` is

                ```yaml
                drain:
                  timeout: 30s
                ```

                in the file, the variable `TANDEM_DRAIN_TIMEOUT` and the flag `--drain-timeout`. Unknown keys and variables are refused with the nearest
                known one, and all that is wrong is named at once. `tandem config check` checks without starting anything;
                `tandem config print` shows every value and where it comes from.

                Durations have a unit: `500ms`, `30s`, `5m`, `1h`, `7d`, `1m30s`. So do sizes: `B`, `KiB`, `MiB`, `GiB`. Secrets are not taken as flags, which
                every process of the machine can read; give them in a file of their own or in a variable. They are never printed.

                Variables that Kubernetes sets for a Service called tandem (`TANDEM_SERVICE_HOST` and the like) are ignored.

                | key | default | what it does | must be |
                |---|---|---|---|
                """);
        for (Key<?> key : Keys.ALL) {
            text.append("| `").append(key.name()).append("` | ");
            text.append(key.defaultText() == null ? "none" : "`" + key.defaultText() + "`")
                    .append(" | ");
            text.append(key.description())
                    .append(key.isSecret() ? " A secret." : "")
                    .append(" | ");
            text.append(key.format().what()).append(" |\n");
        }
        return text.append("\nThis page is generated from the list of keys; a test keeps it so.\n")
                .toString();
    }

    private static String cli() {
        StringBuilder text = new StringBuilder("""
                # The command line

                Every command that calls a sidecar finds it by `--address` (`host:port` or `unix:///path`) or the variable `TANDEM_ADDRESS`, and takes
                `--namespace` or `TANDEM_NAMESPACE`, and `--timeout` or `TANDEM_TIMEOUT`. With `--json` it prints one JSON object a line, as the API
                gives it; without, a text for people that may change. Results go to stdout, everything else to stderr. A call is tried once: exit
                code 3 says that trying again is safe, 5 that it is safe only with the same request id.

                """);
        CommandLine whole = Cli.whole(new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                Map.of(),
                false));
        describe(text, whole);
        return text.append("This page is generated from the commands' own help; a test keeps it so.\n")
                .toString();
    }

    private static void describe(StringBuilder text, CommandLine command) {
        if (command.getCommandSpec().usageMessage().hidden()) {
            return;
        }
        text.append("## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```\n");
        text.append(
                command.getUsageMessage(Ansi.OFF).replaceAll("[ \\t]+\n", "\n").replace(System.lineSeparator(), "\n"));
        text.append("```\n\n");
        command.getSubcommands().values().forEach(each -> describe(text, each));
    }
}

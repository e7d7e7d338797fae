package dev.tandem.app.cli;

import dev.tandem.backup.BackupContents;
import dev.tandem.backup.BackupException;
import dev.tandem.backup.NamespaceSummary;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem backup import}. */
@Command(
        name = "import",
        description = "Writes a backup into the store, while everything goes on.",
        sortOptions = false,
        footer = {
            "",
            "A file is read to its end before anything is written, so that nothing is imported of one that is not",
            "whole; stdin can't be. An import that broke off is begun again, with --into-existing: doing it twice",
            "does no harm. Exit code 5 if a part of it may be there."
        })
final class BackupImport implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "FILE", description = "The backup; - for stdin.")
    private String file = "";

    @Option(
            names = "--into-existing",
            description = "Import into namespaces that are not empty, too. What is newer there stays.")
    private boolean isIntoExisting;

    @Mixin
    private BackupNamespaces namespaces = new BackupNamespaces();

    @Mixin
    private AdminOptions options = new AdminOptions();

    BackupImport(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminPort port = options.port(terminal.environment());
        BackupSource source = new BackupSource(file, terminal.in());
        try {
            if (!source.isStdin()) {
                refuseMissing(source.check(new BackupProgress(terminal, true, "checked")));
            }
            BackupProgress progress = new BackupProgress(terminal, true, "imported");
            JsonObject answer;
            try {
                answer = port.restore(query(), () -> source.open(progress));
            } finally {
                progress.end();
            }
            terminal.out().print(options.isJson ? answer.encode() + "\n" : text(answer));
            return ExitCode.OK;
        } catch (AdminPort.Failure e) {
            return failed(String.valueOf(e.getMessage()), e.exitCode());
        } catch (BackupException e) {
            return failed(e.getMessage() + ". Nothing was imported", ExitCode.REFUSED);
        } catch (IOException e) {
            return failed(file + " can't be read (" + e.getMessage() + "). Nothing was imported", ExitCode.REFUSED);
        }
    }

    private int failed(String sentence, int exitCode) {
        terminal.err().println("error: " + sentence);
        return exitCode;
    }

    private void refuseMissing(BackupContents contents) throws AdminPort.Failure {
        List<String> there =
                contents.namespaces().stream().map(NamespaceSummary::namespace).toList();
        List<String> missing = new ArrayList<>(namespaces.names());
        missing.removeAll(there);
        if (!missing.isEmpty()) {
            throw new AdminPort.Failure(
                    "the backup has no namespace " + String.join(", ", missing) + "; see `tandem backup show`",
                    ExitCode.NOT_FOUND);
        }
    }

    private String query() {
        String parameters = namespaces.parameters();
        return "?into-existing=" + isIntoExisting + (parameters.isEmpty() ? "" : "&" + parameters);
    }

    private static String text(JsonObject answer) {
        List<List<String>> rows = new ArrayList<>();
        for (Object each : answer.getJsonArray("namespaces")) {
            JsonObject namespace = (JsonObject) each;
            rows.add(List.of(
                    namespace.getString("namespace"),
                    namespace.getLong("records").toString(),
                    namespace.getLong("applied").toString(),
                    namespace.getLong("raised_to").toString()));
        }
        return rows.isEmpty()
                ? "The backup has no namespaces.\n"
                : Table.of(List.of("NAMESPACE", "RECORDS", "TAKEN", "VERSIONS FROM"), rows);
    }
}

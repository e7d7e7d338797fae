package dev.tandem.app.cli;

import dev.tandem.backup.BackupContents;
import dev.tandem.backup.BackupException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem backup show}. */
@Command(
        name = "show",
        description = "Shows what a backup has, and whether it is whole. Needs no sidecar.",
        sortOptions = false,
        footer = {
            "",
            "CHANGES are records of tasks that were written or deleted during the export, beside those that were",
            "found. Exit code 1 if the file is not whole, or is no backup that this version reads."
        })
final class BackupShow implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "FILE", description = "The backup; - for stdin.")
    private String file = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    BackupShow(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupProgress progress = new BackupProgress(terminal, true, "read");
        try {
            BackupContents contents = new BackupSource(file, terminal.in()).check(progress);
            BackupText.warnings(contents).forEach(terminal.err()::println);
            terminal.out()
                    .print(
                            isJson
                                    ? BackupText.json(contents, progress.bytes())
                                                    .encode() + "\n"
                                    : BackupText.of(contents, progress.bytes()));
            return ExitCode.OK;
        } catch (BackupException e) {
            terminal.err().println("error: " + e.getMessage());
            return ExitCode.REFUSED;
        } catch (IOException e) {
            terminal.err().println("error: " + file + " can't be read: " + e.getMessage());
            return ExitCode.REFUSED;
        }
    }
}

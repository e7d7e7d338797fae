package dev.tandem.app.cli;

import dev.tandem.backup.BackupContents;
import dev.tandem.backup.BackupException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tandem backup export}. */
@Command(
        name = "export",
        description = "Writes a backup into a file, while everything goes on.",
        sortOptions = false,
        footer = {
            "",
            "The file has its name when it is whole and on disk, and is called FILE.partial until then. An export",
            "that can't be finished deletes it, and has exit code 3."
        })
final class BackupExport implements Callable<Integer> {
    private static final int PIECE_BYTES = 64 * 1024;

    private final Terminal terminal;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file to write; - for stdout.")
    private String output = "";

    @Option(names = "--force", description = "Replace the file if it is there, when the new one is whole.")
    private boolean isForced;

    @Mixin
    private BackupNamespaces namespaces = new BackupNamespaces();

    @Mixin
    private AdminOptions options = new AdminOptions();

    BackupExport(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminPort port = options.port(terminal.environment());
        String parameters = namespaces.parameters();
        try (BackupTarget target = BackupTarget.open(output, isForced, terminal)) {
            try (InputStream from = port.export(parameters.isEmpty() ? "" : "?" + parameters)) {
                return copy(from, target);
            }
        } catch (AdminPort.Failure e) {
            return failed(String.valueOf(e.getMessage()), e.exitCode());
        } catch (BackupException e) {
            return failed("what came is no whole backup: " + e.getMessage(), ExitCode.UNREACHABLE);
        } catch (IOException e) {
            return failed(output + " can't be written: " + e.getMessage(), ExitCode.REFUSED);
        }
    }

    private int failed(String sentence, int exitCode) {
        terminal.err().println("error: " + sentence);
        return exitCode;
    }

    private int copy(InputStream from, BackupTarget target) throws AdminPort.Failure, IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int length = read(from, piece); length >= 0; length = read(from, piece)) {
            target.write(piece, length);
        }
        told(target.finish(), target);
        return ExitCode.OK;
    }

    private static int read(InputStream from, byte[] piece) throws AdminPort.Failure {
        try {
            return from.read(piece);
        } catch (IOException e) {
            // This is how a server says that it can't go on, too.
            throw new AdminPort.Failure(
                    "the backup broke off before it was whole (" + e.getMessage()
                            + "): the log of what was to give it says why. Try again",
                    ExitCode.UNREACHABLE);
        }
    }

    private void told(BackupContents contents, BackupTarget target) throws IOException {
        target.close();
        BackupText.warnings(contents).forEach(terminal.err()::println);
        if (!target.isStdout()) {
            terminal.out()
                    .print(
                            options.isJson
                                    ? BackupText.json(contents, target.bytes())
                                                    .put("file", output)
                                                    .encode() + "\n"
                                    : BackupText.of(contents, target.bytes()));
        }
    }
}

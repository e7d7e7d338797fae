package dev.tandem.app.cli;

import dev.tandem.backup.BackupContents;
import dev.tandem.backup.BackupException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "that can't be finished deletes it, and has exit code 3.",
            "",
            "With --data-folder, it has all that the folders of a cluster's members hold: the way out when too few",
            "members are left to go on. Nothing in a folder is changed. docs/raft-operations.md has the steps before",
            "and after, and what may be missing."
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

    @Option(
            names = "--data-folder",
            paramLabel = "DIR",
            description =
                    "Read the data folder of a Raft member that does not run, instead of asking an admin port; of "
                            + "several members, name all their folders, each with the flag before it.")
    private @Nullable List<Path> folders;

    @Mixin
    private BackupNamespaces namespaces = new BackupNamespaces();

    @Mixin
    private AdminOptions options = new AdminOptions();

    BackupExport(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        return folders == null ? fromPort() : fromFolders(folders);
    }

    private int fromFolders(List<Path> some) throws InterruptedException {
        try (BackupTarget target = BackupTarget.open(output, isForced, terminal);
                StoppedExport export = StoppedExport.read(some)) {
            terminal.err().print(export.text());
            export.writeTo(target, namespaces.names());
            told(target.finish(), target, new JsonObject().put("groups", export.json()));
            return ExitCode.OK;
        } catch (BackupException e) {
            return failed(String.valueOf(e.getMessage()), ExitCode.NOT_FOUND);
        } catch (IOException e) {
            return failed(output + " can't be written: " + e.getMessage(), ExitCode.REFUSED);
        }
    }

    private int fromPort() throws InterruptedException {
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
        told(target.finish(), target, new JsonObject());
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

    /** @param more what programs are told beside */
    private void told(BackupContents contents, BackupTarget target, JsonObject more) throws IOException {
        target.close();
        BackupText.warnings(contents).forEach(terminal.err()::println);
        if (!target.isStdout()) {
            terminal.out()
                    .print(
                            options.isJson
                                    ? BackupText.json(contents, target.bytes())
                                                    .put("file", output)
                                                    .mergeIn(more)
                                                    .encode()
                                            + "\n"
                                    : BackupText.of(contents, target.bytes()));
        }
    }
}

package dev.tandem.app.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command talks to.
 *
 * @param isTerminal whether a person looks at {@code out}
 */
public record Terminal(
        InputStream in, PrintStream out, PrintStream err, Map<String, String> environment, boolean isTerminal) {
    private static final Path STDOUT = Path.of("/proc/self/fd/1");

    /** That of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                System.in, utf8(FileDescriptor.out), utf8(FileDescriptor.err), System.getenv(), isStdoutTerminal());
    }

    /** Not System.out, which writes question marks for what is not ASCII where no locale is set, as in most images. */
    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
    }

    @SuppressWarnings("SystemConsoleNull") // Main sees to it that newer Javas return null, too.
    private static boolean isStdoutTerminal() {
        if (!Files.isSymbolicLink(STDOUT)) {
            return System.console() != null;
        }
        try {
            String target = Files.readSymbolicLink(STDOUT).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}

package dev.tandem.app.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** Asks before something is done that can't be taken back. */
final class Confirmation {
    @Option(names = "--yes", description = "Don't ask.")
    private boolean isSure;

    /**
     * Whether it may be done: asks, unless --yes was given. Without a yes, says that nothing was changed.
     *
     * @param explanation a sentence that says what would come of it
     * @param what is to be done, such as "To remove it"
     */
    boolean isGiven(Terminal terminal, String explanation, String what) {
        if (isSure) {
            return true;
        }
        terminal.err().println(explanation);
        terminal.err().print(what + ", type yes: ");
        terminal.err().flush();
        try {
            String line = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
            if (line != null && line.strip().equals("yes")) {
                return true;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        terminal.err().println("Nothing was changed.");
        return false;
    }
}

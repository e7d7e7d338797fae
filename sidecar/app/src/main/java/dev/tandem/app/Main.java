package dev.tandem.app;

import dev.tandem.app.cli.Cli;
import dev.tandem.app.cli.Terminal;

/** The entry point of the program. */
public final class Main {
    private Main() {}

    /** Runs the command that the arguments name, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.setProperty("vertx.disableDnsResolver", "true"); // the JDK's own does for what we look up
        System.setProperty("vertx.disableFileCaching", "true");
        System.setProperty("vertx.disableFileCPResolving", "true");
        System.setProperty("hazelcast.logging.type", "slf4j"); // for what it says before it is told
        System.setProperty("jdk.console", "java.base"); // the newer one loads a line editor, and is never null
        if (!Cli.logs(arguments)) {
            // Nobody reads logs of a command that ends at once: it need not wait for a logger.
            System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
            System.setProperty("slf4j.internal.verbosity", "ERROR");
        }
        System.exit(Cli.run(Terminal.ofProcess(), arguments));
    }
}

package dev.tandem.app;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The entry point of the program: reads the command line and runs the command it names. */
@Command(
        name = "tandem",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Keeps the state of your application's tasks, in a sidecar beside it.")
public final class Main implements Runnable {

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    /** The version, as the build wrote it into the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version =
                    Objects.requireNonNullElse(Main.class.getPackage().getImplementationVersion(), "development");
            return new String[] {"tandem " + version};
        }
    }
}

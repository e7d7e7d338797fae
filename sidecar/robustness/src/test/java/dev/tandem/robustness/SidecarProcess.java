package dev.tandem.robustness;

import dev.tandem.testkit.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A `tandem sidecar`, on one store and port in all its lives. */
final class SidecarProcess extends TandemProcess {
    private static final String SQLITE = "sqlite:";

    private final String store;
    private final int port;

    /**
     * Prepares a sidecar.
     *
     * @param file the database
     * @param flags of `tandem sidecar`, beyond those for the store and the ports
     */
    SidecarProcess(Path file, String... flags) {
        this(file, FreePorts.next(), List.of(), flags);
    }

    /** @param prefix a command that runs the one that follows it */
    SidecarProcess(Path file, int port, List<String> prefix, String... flags) {
        this(SQLITE + file, port, prefix, flags);
    }

    /** @param store as `tandem sidecar --store` takes it */
    SidecarProcess(String store, int port, List<String> prefix, String... flags) {
        super("the sidecar on port " + port, prefix, arguments(store, port, flags));
        this.store = store;
        this.port = port;
    }

    private static List<String> arguments(String store, int port, String... flags) {
        List<String> arguments = new ArrayList<>(List.of("sidecar", "--listen", "127.0.0.1:" + port));
        arguments.addAll(List.of("--store", store));
        if (!List.of(flags).contains("--admin")) {
            arguments.addAll(List.of("--admin", "off"));
        }
        arguments.addAll(List.of("--sweep-interval", "200ms", "--log-format", "text"));
        arguments.addAll(List.of(flags));
        return arguments;
    }

    /** The database, of one over SQLite. */
    Path file() {
        if (!store.startsWith(SQLITE)) {
            throw new IllegalStateException("it has no file, but " + store);
        }
        return Path.of(store.substring(SQLITE.length()));
    }

    int port() {
        return port;
    }

    String address() {
        return "127.0.0.1:" + port;
    }
}

package dev.tandem.store.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * The SQLite library, which the driver copies out of its jar into the folder for temporary files whenever a process starts.
 *
 * <p>The driver deletes its copy when the process ends in good order; one that is killed would leave a megabyte behind each
 * time. So it is copied into a folder of its own, which is deleted as soon as the library is loaded.
 */
final class NativeLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

    /** The driver's: where to copy the library to. */
    private static final String FOLDER = "org.sqlite.tmpdir";

    /** The driver's: where to find a library that need not be copied. */
    private static final String INSTALLED = "org.sqlite.lib.path";

    private static boolean isLoaded;

    private NativeLibrary() {}

    /**
     * Loads the library, once.
     *
     * @throws UnsatisfiedLinkError if it can't be copied or loaded
     */
    static synchronized void load() {
        if (isLoaded) {
            return;
        }
        String configured = System.getProperty(FOLDER);
        try {
            if (System.getProperty(INSTALLED) == null) {
                Path parent = Path.of(configured == null ? System.getProperty("java.io.tmpdir") : configured);
                loadFrom(Files.createTempDirectory(parent, "tandem-sqlite-"), configured);
            } else {
                initialize();
            }
            isLoaded = true;
        } catch (IOException e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError("no folder to copy it to: " + e);
            error.initCause(e);
            throw error;
        }
    }

    private static void loadFrom(Path folder, @Nullable String configured) {
        System.setProperty(FOLDER, folder.toString());
        try {
            initialize();
        } finally {
            if (configured == null) {
                System.clearProperty(FOLDER);
            } else {
                System.setProperty(FOLDER, configured);
            }
            delete(folder);
        }
    }

    private static void initialize() {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(e.getMessage());
            error.initCause(e);
            throw error;
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> copies = Files.list(folder)) {
            List<Path> files = copies.toList();
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            // Some systems don't let go of a library that is in use: then the driver deletes it at the end.
            LOG.debug("The copy of the SQLite library in {} stays for now: {}", folder, e.toString());
        }
    }
}

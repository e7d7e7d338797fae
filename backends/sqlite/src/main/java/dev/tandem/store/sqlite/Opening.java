package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks a database file before anything in it is changed, and brings its tables up to date.
 *
 * <p>Every refusal is a {@link StoreException} whose message is a sentence for whoever starts the process.
 */
final class Opening {
    private final Path file;
    private final List<List<String>> steps;

    /** @param steps those of {@link Schema#STEPS} */
    Opening(Path file, List<List<String>> steps) {
        this.file = file;
        this.steps = steps;
    }

    /** The file's absolute path without links, so that two ways to one file are known to be one. */
    static Path resolve(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        if (folder == null || Files.isDirectory(absolute)) {
            throw refused(absolute + " is a folder; name a file in it", null);
        }
        if (absolute.toString().indexOf('?') >= 0) {
            throw refused("a database file can't have a question mark in its path: " + absolute, null);
        }
        if (!Files.exists(folder)) {
            throw refused("the folder " + folder + " does not exist; make it, or name a file in another one", null);
        }
        if (!Files.isDirectory(folder)) {
            throw refused(folder + " is not a folder; name a file in one", null);
        }
        try {
            return Files.exists(absolute)
                    ? absolute.toRealPath()
                    : folder.toRealPath().resolve(absolute.getFileName());
        } catch (IOException e) {
            throw refused("can't follow the path " + absolute + " (" + e.getMessage() + "); check its links", e);
        }
    }

    /** Opens the file for writing, as {@code opener} does it, and makes or updates the tables. */
    Session open(Opener opener) {
        Session session = null;
        try {
            session = opener.open();
            long version = check(session);
            session.useLog();
            if (version < steps.size()) {
                migrate(session, (int) version);
            } else {
                // Finds out now, and not at the first command, whether the file can be written to. To begin is not
                // enough: of a file that it may only read, SQLite makes that a transaction that reads.
                session.beginWrite();
                session.run("PRAGMA user_version = " + version);
                session.rollback();
            }
            Session opened = session;
            session = null;
            return opened;
        } catch (SqlFailure e) {
            throw refused(e.sentence(file), e);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw refused(
                    "the SQLite library can't be loaded (" + e.getMessage()
                            + "); set -Dorg.sqlite.tmpdir to a folder that can be written to and run from",
                    e);
        } catch (IllegalStateException e) {
            throw refused("can't use " + file + ": " + e.getMessage() + "; put it on a local disk", e);
        } finally {
            if (session != null) {
                close(session);
            }
        }
    }

    /** Makes the writer's connection. */
    interface Opener {
        Session open();
    }

    private static void close(Session session) {
        try {
            session.close();
        } catch (SqlFailure e) {
            // What kept it from being opened is being reported.
            assert e.getCause() != null;
        }
    }

    /** The version of the tables in the file; 0 for a new one. */
    private long check(Session session) {
        long application = session.number("PRAGMA application_id");
        long version = session.number("PRAGMA user_version");
        if (application != Schema.APPLICATION_ID) {
            if (application != 0 || version != 0 || session.number("SELECT count(*) FROM sqlite_schema") > 0) {
                throw refused(
                        file + " is a SQLite database of another application; name another file, or move this one away",
                        null);
            }
            return 0;
        }
        if (version > steps.size()) {
            throw refused(
                    file + " was written by a newer version of Tandem (its schema is " + version
                            + ", this version knows up to " + steps.size()
                            + "); start that version, or restore a backup from before the update",
                    null);
        }
        return version;
    }

    private void migrate(Session session, int version) {
        session.beginWrite();
        try {
            for (List<String> step : steps.subList(version, steps.size())) {
                step.forEach(session::run);
            }
            session.run("PRAGMA application_id = " + Schema.APPLICATION_ID);
            session.run("PRAGMA user_version = " + steps.size());
            session.commit();
        } catch (SqlFailure e) {
            if (!e.concernsAll()) {
                throw refused(
                        file + " could not be brought from schema " + version + " to " + steps.size() + " ("
                                + e.getMessage() + "); it was left as it was",
                        e);
            }
            throw e;
        }
    }

    private static StoreException refused(String sentence, @Nullable Throwable cause) {
        return new StoreException(FailureKind.NOT_APPLIED, sentence, cause);
    }
}

package dev.tandem.store.sqlite;

import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The namespaces' counters, held in memory by the writer and written once a transaction.
 *
 * <p>A command that changes nothing moves its namespace's time in memory only: the time gets to the disk with the next
 * change. So a refusal costs no write, and a process that is killed forgets at most times that nothing was done at.
 */
final class Namespaces {
    /** The most namespaces that are kept in memory between transactions. */
    private static final int KEPT_MAX = 1_024;

    /** One namespace. A key of 0 says that the file does not know it. */
    static final class Namespace {
        final String name;
        private long key;
        private long version;
        private long atMillis;
        private long forgotten;
        private Gate gate = Gate.FIRST;
        private boolean dirty;
        private boolean stale;
        private long savedKey;
        private long savedVersion;
        private long savedForgotten;
        private Gate savedGate = Gate.FIRST;

        private Namespace(String name) {
            this.name = name;
        }

        long key() {
            return key;
        }

        long version() {
            return version;
        }

        /** The highest version of a tombstone that was dropped. */
        long forgotten() {
            return forgotten;
        }

        Gate gate() {
            return gate;
        }

        void move(Gate to) {
            gate = to;
        }

        long advance(long toMillis) {
            atMillis = Math.max(atMillis, toMillis);
            return atMillis;
        }

        void sawVersion(long seen) {
            version = Math.max(version, seen);
            dirty = true;
        }

        void forgot(long upTo) {
            forgotten = Math.max(forgotten, upTo);
            dirty = true;
        }

        private void saved() {
            dirty = false;
            savedKey = key;
            savedVersion = version;
            savedForgotten = forgotten;
            savedGate = gate;
        }

        private void undo() {
            dirty = false;
            key = savedKey;
            version = savedVersion;
            forgotten = savedForgotten;
            gate = savedGate;
        }
    }

    private final Map<String, Namespace> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** The namespace, known to the file or not. */
    Namespace get(Session session, String name) {
        Namespace namespace = kept.get(name);
        if (namespace == null) {
            namespace = new Namespace(name);
            load(session, namespace);
            kept.put(name, namespace);
        } else if (namespace.stale) {
            load(session, namespace);
        }
        return namespace;
    }

    /** The namespace, with a row in the file: for what is about to be written. */
    Namespace stored(Session session, String name) {
        Namespace namespace = get(session, name);
        if (namespace.key == 0) {
            namespace.key = session.statement(Sql.NAMESPACE_ADD)
                    .bind(name)
                    .bind(namespace.version)
                    .bind(namespace.atMillis)
                    .bind(namespace.forgotten)
                    .number(0);
        }
        namespace.dirty = true;
        return namespace;
    }

    private static void load(Session session, Namespace namespace) {
        try (Rows rows =
                session.statement(Sql.NAMESPACE_GET).bind(namespace.name).rows()) {
            if (rows.next()) {
                namespace.key = rows.number(1);
                namespace.version = rows.number(2);
                namespace.advance(rows.number(3));
                namespace.forgotten = rows.number(4);
                namespace.gate = Gate.ofCode(rows.number(5), (int) rows.number(6), Bytes.of(rows.blob(7)));
            }
        }
        namespace.stale = false;
        namespace.saved();
    }

    /** Writes what has changed; to be called before the commit. */
    void flush(Session session) {
        for (Namespace namespace : kept.values()) {
            if (namespace.dirty) {
                write(session, namespace);
            }
        }
    }

    /** Writes every time that is in memory only; for a clean end. */
    void flushTimes(Session session) {
        for (Namespace namespace : kept.values()) {
            if (namespace.key != 0 && !namespace.stale) {
                write(session, namespace);
            }
        }
    }

    private static void write(Session session, Namespace namespace) {
        session.statement(Sql.NAMESPACE_SET)
                .bind(namespace.version)
                .bind(namespace.atMillis)
                .bind(namespace.forgotten)
                .bind(namespace.key)
                .run();
    }

    /** What was flushed is in the file. */
    void committed() {
        kept.values().forEach(Namespace::saved);
        Iterator<Namespace> eldest = kept.values().iterator();
        while (kept.size() > KEPT_MAX) {
            eldest.next();
            eldest.remove();
        }
    }

    /** What is in the file is not known, as a commit that failed may have come to it: it is to be read again. */
    void reopened() {
        kept.values().forEach(namespace -> namespace.stale = true);
    }

    /** What was changed since the last commit is not in the file. Times stay: they never go back. */
    void rolledBack() {
        kept.values().forEach(Namespace::undo);
    }
}

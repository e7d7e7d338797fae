package dev.tandem.store.sqlite;

import java.util.List;

/**
 * The tables, as the steps that lead to them: a file at version n has been through the first n.
 *
 * <p>A step that has been released is never changed; what comes later is a new step behind it. The number of steps
 * taken is in the file's {@code user_version}, and {@link #APPLICATION_ID} tells the file from anybody else's.
 */
final class Schema {
    /** "TAND", in the file's {@code application_id}. */
    static final int APPLICATION_ID = 0x54414e44;

    /**
     * Times are milliseconds since 1970. A time that does not apply is null and so stays out of its index: the partial
     * indexes hold what waits, what is leased and what is finished, not the rest.
     */
    private static final List<String> STEP_1 = List.of(
            """
            CREATE TABLE namespace (
              key INTEGER PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              version INTEGER NOT NULL,
              at INTEGER NOT NULL,
              forgotten INTEGER NOT NULL)
            """,
            """
            CREATE TABLE task (
              key INTEGER PRIMARY KEY,
              ns INTEGER NOT NULL,
              id TEXT NOT NULL,
              version INTEGER NOT NULL,
              state INTEGER NOT NULL,
              queue TEXT NOT NULL,
              kind TEXT NOT NULL,
              priority INTEGER NOT NULL,
              created_at INTEGER NOT NULL,
              due_at INTEGER,
              lease_ends_at INTEGER,
              finished_at INTEGER,
              expires_at INTEGER,
              record BLOB NOT NULL)
            """,
            "CREATE UNIQUE INDEX task_id ON task (ns, id)",
            "CREATE INDEX task_version ON task (ns, version)",
            // Queue and kind are there for lists that pass by tasks of others without a look at the record.
            "CREATE INDEX task_state ON task (ns, state, created_at, id, queue, kind)",
            "CREATE INDEX task_due ON task (ns, queue, priority DESC, due_at, id) WHERE due_at IS NOT NULL",
            "CREATE INDEX task_lease ON task (ns, lease_ends_at, id) WHERE lease_ends_at IS NOT NULL",
            "CREATE INDEX task_finished ON task (ns, state, finished_at, id) WHERE finished_at IS NOT NULL",
            "CREATE INDEX task_expires ON task (ns, expires_at, id) WHERE expires_at IS NOT NULL",
            """
            CREATE TABLE label (
              ns INTEGER NOT NULL,
              name TEXT NOT NULL,
              value TEXT NOT NULL,
              created_at INTEGER NOT NULL,
              id TEXT NOT NULL,
              PRIMARY KEY (ns, name, value, created_at, id)) WITHOUT ROWID
            """,
            """
            CREATE TABLE part (
              ns INTEGER NOT NULL,
              node TEXT NOT NULL,
              created_at INTEGER NOT NULL,
              id TEXT NOT NULL,
              PRIMARY KEY (ns, node, created_at, id)) WITHOUT ROWID
            """,
            """
            CREATE TABLE tally (
              ns INTEGER NOT NULL,
              queue TEXT NOT NULL,
              kind TEXT NOT NULL,
              state INTEGER NOT NULL,
              tasks INTEGER NOT NULL,
              PRIMARY KEY (ns, queue, kind, state)) WITHOUT ROWID
            """,
            """
            CREATE TABLE tombstone (
              ns INTEGER NOT NULL,
              version INTEGER NOT NULL,
              id TEXT NOT NULL,
              at INTEGER NOT NULL,
              PRIMARY KEY (ns, id)) WITHOUT ROWID
            """,
            "CREATE INDEX tombstone_version ON tombstone (ns, version)",
            "CREATE INDEX tombstone_at ON tombstone (ns, at, version, id)",
            """
            CREATE TABLE request (
              ns INTEGER NOT NULL,
              id TEXT NOT NULL,
              forget_at INTEGER NOT NULL,
              record BLOB NOT NULL,
              PRIMARY KEY (ns, id)) WITHOUT ROWID
            """,
            "CREATE INDEX request_forget ON request (ns, forget_at)",
            """
            CREATE TABLE lease (
              ns INTEGER NOT NULL,
              scope TEXT NOT NULL,
              ends_at INTEGER NOT NULL,
              record BLOB NOT NULL,
              PRIMARY KEY (ns, scope)) WITHOUT ROWID
            """,
            "CREATE INDEX lease_end ON lease (ns, ends_at)");

    /** The namespaces' gates, and what waits for a mirror. */
    private static final List<String> STEP_2 = List.of(
            "ALTER TABLE namespace ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE namespace ADD COLUMN gate INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE namespace ADD COLUMN policy BLOB NOT NULL DEFAULT x''",
            """
            CREATE TABLE outbox (
              ns INTEGER NOT NULL,
              kind INTEGER NOT NULL,
              name TEXT NOT NULL,
              version INTEGER NOT NULL,
              PRIMARY KEY (ns, kind, name)) WITHOUT ROWID
            """,
            "CREATE INDEX outbox_version ON outbox (ns, version, kind, name)");

    /** Every step there is, in order. */
    static final List<List<String>> STEPS = List.of(STEP_1, STEP_2);

    private Schema() {}
}

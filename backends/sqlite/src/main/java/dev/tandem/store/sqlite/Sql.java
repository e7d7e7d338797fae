package dev.tandem.store.sqlite;

/**
 * Every statement that is run again and again, prepared once on each connection that uses it.
 *
 * <p>They stand together so that a test can ask SQLite how it would run each of them. The lists and counts with filters
 * are in {@link FilterSql}.
 */
enum Sql {
    BEGIN_WRITE("BEGIN IMMEDIATE"),
    BEGIN_READ("BEGIN"),
    COMMIT("COMMIT"),
    ROLLBACK("ROLLBACK"),

    NAMESPACE_GET("SELECT key, version, at, forgotten, epoch, gate, policy FROM namespace WHERE name = ?"),
    NAMESPACE_ADD("INSERT INTO namespace (name, version, at, forgotten) VALUES (?, ?, ?, ?) RETURNING key"),
    NAMESPACE_SET("UPDATE namespace SET version = ?, at = ?, forgotten = ? WHERE key = ?"),
    GATE_SET("UPDATE namespace SET epoch = ?, gate = ?, policy = ? WHERE key = ?"),
    NAMESPACES("""
            SELECT name FROM namespace INDEXED BY sqlite_autoindex_namespace_1
            WHERE EXISTS (SELECT 1 FROM task WHERE task.ns = namespace.key)
               OR EXISTS (SELECT 1 FROM lease WHERE lease.ns = namespace.key)
            ORDER BY name"""),

    /** The task's record; else, in its place, the version of its tombstone; else nothing. */
    TASK_GET("""
            SELECT record, 0 FROM task WHERE ns = ?1 AND id = ?2
            UNION ALL
            SELECT NULL, version FROM tombstone WHERE ns = ?1 AND id = ?2"""),
    TASK_BY_NAMES("SELECT record FROM task WHERE ns = (SELECT key FROM namespace WHERE name = ?) AND id = ?"),
    TASK_BY_KEY("SELECT record FROM task WHERE key = ?"),
    TASK_ADD("""
            INSERT INTO task (ns, id, version, state, queue, kind, priority, created_at,
                due_at, lease_ends_at, finished_at, expires_at, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""),
    TASK_SET("""
            UPDATE task SET version = ?, state = ?, queue = ?, kind = ?, priority = ?,
                due_at = ?, lease_ends_at = ?, finished_at = ?, expires_at = ?, record = ?
            WHERE ns = ? AND id = ?"""),
    /** For a renewal, which leaves the other indexes alone. */
    TASK_SET_LEASE("UPDATE task SET version = ?, lease_ends_at = ?, record = ? WHERE ns = ? AND id = ?"),
    TASK_DROP("DELETE FROM task WHERE ns = ? AND id = ?"),
    /** What is known of a task without its record. */
    TASK_COLUMNS("SELECT queue, kind, state FROM task WHERE ns = ? AND id = ?"),
    /** Takes a record that can't be read out of the indexes by which claims and sweeps would meet it again. */
    TASK_SET_ASIDE("""
            UPDATE task SET due_at = NULL, lease_ends_at = NULL, finished_at = NULL, expires_at = NULL
            WHERE key = ?"""),

    /** The highest priority below another one at which anything waits, due or not. */
    DUE_PRIORITY("""
            SELECT priority FROM task INDEXED BY task_due
            WHERE ns = ? AND queue = ? AND priority < ? AND due_at IS NOT NULL
            ORDER BY priority DESC LIMIT 1"""),
    DUE("""
            SELECT key, due_at, id FROM task INDEXED BY task_due
            WHERE ns = ? AND queue = ? AND priority = ? AND due_at <= ?
            ORDER BY due_at, id LIMIT ?"""),
    DUE_LATER("""
            SELECT due_at FROM task INDEXED BY task_due
            WHERE ns = ? AND queue = ? AND priority = ? AND due_at > ?
            ORDER BY due_at LIMIT 1"""),
    LEASE_ENDED("""
            SELECT key, record FROM task INDEXED BY task_lease
            WHERE ns = ? AND lease_ends_at <= ? ORDER BY lease_ends_at, id LIMIT ?"""),
    LEASE_ENDS_LATER("""
            SELECT lease_ends_at FROM task INDEXED BY task_lease
            WHERE ns = ? AND lease_ends_at > ? ORDER BY lease_ends_at LIMIT 1"""),
    RETENTION_OVER("""
            SELECT key, record FROM task INDEXED BY task_expires
            WHERE ns = ? AND expires_at <= ? ORDER BY expires_at, id LIMIT ?"""),
    FINISHED("""
            SELECT key, finished_at, id FROM task INDEXED BY task_finished
            WHERE ns = ? AND state = ? AND finished_at < ? ORDER BY finished_at, id LIMIT ?"""),

    LABEL_ADD("INSERT INTO label (ns, name, value, created_at, id) VALUES (?, ?, ?, ?, ?)"),
    LABEL_DROP("DELETE FROM label WHERE ns = ? AND name = ? AND value = ? AND created_at = ? AND id = ?"),
    /** For a task whose record can't be read; looks at all of the namespace. */
    LABELS_DROP("DELETE FROM label WHERE ns = ? AND id = ?"),
    PART_ADD("INSERT INTO part (ns, node, created_at, id) VALUES (?, ?, ?, ?)"),
    PART_DROP("DELETE FROM part WHERE ns = ? AND node = ? AND created_at = ? AND id = ?"),
    /** As {@link #LABELS_DROP}. */
    PARTS_DROP("DELETE FROM part WHERE ns = ? AND id = ?"),

    /** How many entries of an index lie in a range, counted up to a bound. */
    PEEK_STATE("""
            SELECT count(*) FROM (SELECT 1 FROM task INDEXED BY task_state WHERE ns = ? AND state = ?
                AND (created_at, id) > (?, ?) AND (created_at, id) < (?, ?) LIMIT ?)"""),
    PEEK_NODE("""
            SELECT count(*) FROM (SELECT 1 FROM part WHERE ns = ? AND node = ?
                AND (created_at, id) > (?, ?) AND (created_at, id) < (?, ?) LIMIT ?)"""),
    PEEK_LABEL("""
            SELECT count(*) FROM (SELECT 1 FROM label WHERE ns = ? AND name = ? AND value = ?
                AND (created_at, id) > (?, ?) AND (created_at, id) < (?, ?) LIMIT ?)"""),

    TALLY_ADD("""
            INSERT INTO tally (ns, queue, kind, state, tasks) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks"""),
    TALLY_DROP("DELETE FROM tally WHERE ns = ? AND queue = ? AND kind = ? AND state = ? AND tasks = 0"),

    TOMBSTONE_GET("SELECT version, at FROM tombstone WHERE ns = ? AND id = ?"),
    TOMBSTONE_PUT("INSERT OR REPLACE INTO tombstone (ns, version, id, at) VALUES (?, ?, ?, ?)"),
    TOMBSTONE_OLDEST("""
            SELECT id, version FROM tombstone INDEXED BY tombstone_at
            WHERE ns = ? AND at <= ? ORDER BY at, version, id LIMIT ?"""),
    TOMBSTONE_DROP("DELETE FROM tombstone WHERE ns = ? AND id = ?"),

    REQUEST_GET("SELECT record FROM request WHERE ns = ? AND id = ?"),
    REQUEST_PUT("INSERT OR REPLACE INTO request (ns, id, forget_at, record) VALUES (?, ?, ?, ?)"),
    REQUEST_OLDEST("""
            SELECT id FROM request INDEXED BY request_forget
            WHERE ns = ? AND forget_at <= ? ORDER BY forget_at LIMIT ?"""),
    REQUEST_DROP("DELETE FROM request WHERE ns = ? AND id = ?"),

    LEASE_GET("SELECT record FROM lease WHERE ns = ? AND scope = ?"),
    LEASE_BY_NAMES("SELECT record FROM lease WHERE ns = (SELECT key FROM namespace WHERE name = ?) AND scope = ?"),
    LEASE_PUT("INSERT OR REPLACE INTO lease (ns, scope, ends_at, record) VALUES (?, ?, ?, ?)"),
    LEASE_OLDEST("""
            SELECT scope FROM lease INDEXED BY lease_end
            WHERE ns = ? AND ends_at <= ? ORDER BY ends_at, scope LIMIT ?"""),
    LEASE_DROP("DELETE FROM lease WHERE ns = ? AND scope = ?"),

    OUTBOX_PUT("INSERT OR REPLACE INTO outbox (ns, kind, name, version) VALUES (?, ?, ?, ?)"),
    OUTBOX_DROP("DELETE FROM outbox WHERE ns = ? AND kind = ? AND name = ? AND version = ?"),
    OUTBOX_CLEAR("DELETE FROM outbox WHERE ns = ?"),
    OUTBOX("""
            SELECT kind, name, version FROM outbox INDEXED BY outbox_version
            WHERE ns = ? ORDER BY version, kind, name LIMIT ?"""),

    CHANGED("""
            SELECT id, version, record FROM task INDEXED BY task_version
            WHERE ns = ? AND version > ? ORDER BY version LIMIT ?"""),
    DELETED("""
            SELECT id, version, at FROM tombstone INDEXED BY tombstone_version
            WHERE ns = ? AND version > ? ORDER BY version LIMIT ?"""),

    SCAN_TOMBSTONES("""
            SELECT id, version, at FROM tombstone INDEXED BY tombstone_at
            WHERE ns = ? AND (at, version, id) > (?, ?, ?) ORDER BY at, version, id LIMIT ?"""),
    SCAN_LEASES("SELECT scope, record FROM lease WHERE ns = ? AND scope > ? ORDER BY scope LIMIT ?"),
    SCAN_REQUESTS("""
            SELECT id, forget_at, record FROM request INDEXED BY request_forget
            WHERE ns = ? AND (forget_at, id) > (?, ?) ORDER BY forget_at, id LIMIT ?""");

    private final String text;

    Sql(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}

package dev.tandem.store.sqlite;

import java.util.Comparator;
import java.util.List;

/**
 * A task as an index has it: by which key it is stored, and its place in an order of times and then ids.
 *
 * <p>Ids are in the order of their UTF-8 bytes, which for the characters that the API takes is that of Java's strings.
 */
record Entry(long key, long millis, String id) {
    static final Comparator<Entry> ORDER =
            Comparator.comparingLong(Entry::millis).thenComparing(Entry::id);

    /** Adds the rows of a query for key, time and id. */
    static void read(Statement statement, List<Entry> into) {
        try (Rows rows = statement.rows()) {
            while (rows.next()) {
                into.add(new Entry(rows.number(1), rows.number(2), rows.text(3)));
            }
        }
    }

    /** The first of them, put in order if there are several. */
    static List<Entry> first(List<Entry> entries, int limit) {
        entries.sort(ORDER);
        return entries.size() > limit ? entries.subList(0, limit) : entries;
    }
}

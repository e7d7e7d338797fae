package dev.tandem.store.raft;

/** Which group a name belongs to. */
final class Shards {
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private Shards() {}

    /**
     * The number of the group, from 1 on, that a task's id or a lease's scope belongs to. Fixed for ever: tasks are where this
     * said they are when they were created. Close ids fall on different groups.
     */
    static int group(String name, int groups) {
        long spread = (name.hashCode() * SPREAD) >>> Integer.SIZE;
        return 1 + (int) ((spread * groups) >>> Integer.SIZE);
    }
}

package dev.tandem.store.raft.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Ids in the order of the versions that their changes had.
 *
 * <p>A change is added at the end and never taken away on its own: when an id is changed again, its older change stays
 * until the log is swept, which takes less than to find each of them. Who reads the log passes over those. It is swept a
 * few blocks at a time, when it has grown to several times what is left in it, so that no change waits for long.
 *
 * <p>Copies share their blocks, as those of {@link HashTrie} share their nodes, with the same rules for threads.
 */
final class ChangeLog {
    static final int BLOCK_MAX = 256;
    /** The log is swept when it has this many changes to each record that there is. */
    private static final int CROWDED = 3;
    /** How many blocks are swept when one has become full: more than one, so that it comes to an end. */
    private static final int SWEPT_AT_ONCE = 4;

    /** What was written of an id. */
    record Change(long version, String id) {}

    /** Whether a change is the newest of its id. */
    interface Test {
        boolean isNewest(long version, String id);
    }

    private final Edit edit;
    private Block[] full = {};
    private Block last;
    private int size;
    /** How many of the full blocks this round has swept; -1 between rounds. */
    private int swept = -1;

    ChangeLog(Edit edit) {
        this.edit = edit;
        this.last = new Block(edit, BLOCK_MAX);
    }

    private ChangeLog(ChangeLog from, Edit edit) {
        this.edit = edit;
        this.full = from.full;
        this.last = from.last;
        this.size = from.size;
        this.swept = from.swept;
    }

    /** The log as it is now, to be changed in an edit; itself if it was made for that. */
    ChangeLog in(Edit other) {
        return other == edit ? this : new ChangeLog(this, other);
    }

    /** How many changes it has, with those that were followed by others. */
    int size() {
        return size;
    }

    /**
     * Adds a change with a higher version than all before it.
     *
     * @return whether one more block is full, which is the time to {@link #sweep}
     */
    boolean add(long version, String id) {
        last = last.in(edit);
        last.add(version, id);
        size++;
        if (last.count < BLOCK_MAX) {
            return false;
        }
        full = Arrays.copyOf(full, full.length + 1);
        full[full.length - 1] = last;
        last = new Block(edit, BLOCK_MAX);
        return true;
    }

    /**
     * Drops what newer changes have followed from a few blocks, if the log is long.
     *
     * @param records how many changes are the newest of their ids
     */
    void sweep(int records, Test test) {
        if (swept < 0) {
            if (size <= (long) records * CROWDED + BLOCK_MAX * SWEPT_AT_ONCE) {
                return;
            }
            swept = 0;
        }
        int end = Math.min(full.length, swept + SWEPT_AT_ONCE);
        // What was left of the block before may have room for more.
        int begin = Math.max(0, swept - 1);
        Packing packing = new Packing(test);
        for (int i = begin; i < end; i++) {
            packing.take(full[i]);
        }
        List<Block> packed = packing.blocks;
        Block[] all = new Block[begin + packed.size() + full.length - end];
        System.arraycopy(full, 0, all, 0, begin);
        for (int i = 0; i < packed.size(); i++) {
            all[begin + i] = packed.get(i);
        }
        System.arraycopy(full, end, all, begin + packed.size(), full.length - end);
        full = all;
        size -= packing.dropped;
        swept = begin + packed.size();
        if (swept == full.length) {
            swept = -1;
        }
    }

    /** Makes blocks with nothing but newest changes, out of others. */
    private final class Packing {
        final Test test;
        final List<Block> blocks = new ArrayList<>();
        int dropped;

        Packing(Test test) {
            this.test = test;
        }

        void take(Block block) {
            for (int i = 0; i < block.count; i++) {
                if (!test.isNewest(block.versions[i], block.ids[i])) {
                    dropped++;
                    continue;
                }
                if (blocks.isEmpty() || open().count == BLOCK_MAX) {
                    blocks.add(new Block(edit, BLOCK_MAX));
                }
                open().add(block.versions[i], block.ids[i]);
            }
        }

        private Block open() {
            return blocks.get(blocks.size() - 1);
        }
    }

    /** From the first change on that has this version, or a higher one. */
    Walk from(long version) {
        int low = 0;
        int high = full.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (full[middle].versions[full[middle].count - 1] < version) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return new Walk(this, low, version);
    }

    /** Goes from change to change of a log that does not change meanwhile. */
    static final class Walk {
        private final ChangeLog log;
        private int block;
        private Block here;
        private int at;

        private Walk(ChangeLog log, int block, long version) {
            this.log = log;
            this.block = block;
            this.here = log.block(block);
            int found = Arrays.binarySearch(here.versions, 0, here.count, version);
            this.at = (found >= 0 ? found : -found - 1) - 1;
        }

        /** Whether there is one more; goes to it if there is. */
        boolean next() {
            at++;
            while (at == here.count) {
                if (block == log.full.length) {
                    at--;
                    return false;
                }
                here = log.block(++block);
                at = 0;
            }
            return true;
        }

        long version() {
            return here.versions[at];
        }

        String id() {
            return here.ids[at];
        }
    }

    private Block block(int at) {
        return at == full.length ? last : full[at];
    }

    /** Changes in their order. */
    private static final class Block {
        private final Edit owner;
        private final long[] versions;
        private final String[] ids;
        private int count;

        Block(Edit owner, int capacity) {
            this(owner, new long[capacity], new String[capacity], 0);
        }

        private Block(Edit owner, long[] versions, String[] ids, int count) {
            this.owner = owner;
            this.versions = versions;
            this.ids = ids;
            this.count = count;
        }

        Block in(Edit edit) {
            return owner == edit ? this : new Block(edit, versions.clone(), ids.clone(), count);
        }

        void add(long version, String id) {
            versions[count] = version;
            ids[count++] = id;
        }
    }
}

package dev.tandem.store.raft.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Values by their names: a trie over the digits of a hash of the name, which shares its nodes with its copies.
 *
 * <p>A copy takes no time. Nodes never change: who puts a value makes those that lead to it anew. Only the root, which is
 * wide so that few nodes lie between it and a value, is changed in place, in the {@link Edit} in which it was copied; so
 * many changes between two views pay for it once.
 *
 * <p>Values are in the order of their hashes. It is the same everywhere, and does not depend on the order of the changes.
 *
 * <p>Changed by one thread, in the edit that it was made for; read by any number of threads once that edit has ended.
 */
final class HashTrie<V> {
    /** What a value is called. No two values of a trie have the same name. */
    interface Naming<V> {
        String nameOf(V value);
    }

    private static final int DIGIT_BITS = 5;
    private static final int ROOT_BITS_MAX = 2 * DIGIT_BITS;
    /** The root grows when this many values come to each of its places. */
    private static final int CROWDED = 64;
    /** Enough for the root, all digits of a hash, and a bucket. */
    private static final int DEPTH_MAX = 64 / DIGIT_BITS + 3;

    private static final Object[] NOTHING = {};

    private final Naming<? super V> naming;
    private final Edit edit;
    private Root root;
    private int size;

    /** What the last change took the place of, until the caller is given it. */
    private @Nullable Object replaced;

    HashTrie(Naming<? super V> naming, Edit edit) {
        this.naming = naming;
        this.edit = edit;
        this.root = new Root(edit, 0);
    }

    private HashTrie(HashTrie<V> from, Edit edit) {
        this.naming = from.naming;
        this.edit = edit;
        this.root = from.root;
        this.size = from.size;
    }

    /** The trie as it is now, to be changed in an edit; itself if it was made for that. */
    HashTrie<V> in(Edit other) {
        return other == edit ? this : new HashTrie<>(this, other);
    }

    int size() {
        return size;
    }

    /** Spreads names, and is the same everywhere. */
    private static long hash(String name) {
        return (name.hashCode() * 0x9E37_79B9_7F4A_7C15L) ^ Long.MIN_VALUE;
    }

    /** The bit of the digit that follows the first {@code used} bits of a hash. */
    private static int bit(long hash, int used) {
        return 1 << (int) ((hash << used) >>> (64 - DIGIT_BITS));
    }

    private static int place(int digits, int bit) {
        return Integer.bitCount(digits & (bit - 1));
    }

    @SuppressWarnings("unchecked") // What is neither a node nor a bucket was put as a value.
    private V value(Object item) {
        return (V) item;
    }

    private String nameOf(Object value) {
        return naming.nameOf(value(value));
    }

    private long hashOf(Object item) {
        return item instanceof Bucket bucket ? bucket.hash : hash(nameOf(item));
    }

    @Nullable
    V get(String name) {
        long hash = hash(name);
        Root from = root;
        int begin = from.place(hash);
        int digits = from.digits[begin];
        Object[] items = from.items[begin];
        for (int used = from.bits; ; used += DIGIT_BITS) {
            int bit = bit(hash, used);
            if ((digits & bit) == 0) {
                return null;
            }
            Object item = items[place(digits, bit)];
            if (!(item instanceof Node node)) {
                return found(item, hash, name);
            }
            digits = node.digits;
            items = node.items;
        }
    }

    private @Nullable V found(Object item, long hash, String name) {
        if (item instanceof Bucket bucket) {
            int at = bucket.hash == hash ? place(bucket, name) : -1;
            return at < 0 ? null : value(bucket.values[at]);
        }
        return nameOf(item).equals(name) ? value(item) : null;
    }

    /** Puts a value in its place, and gives the one of the same name that it replaces. */
    @Nullable
    V put(V value) {
        String name = naming.nameOf(value);
        long hash = hash(name);
        root = root.in(edit);
        int at = root.place(hash);
        root.set(at, with(root.digits[at], root.items[at], hash, root.bits, name, value));
        Object before = replaced;
        replaced = null;
        if (before == null && ++size >> root.bits > CROWDED && root.bits < ROOT_BITS_MAX) {
            root = wider();
        }
        return before == null ? null : value(before);
    }

    /** A root with a place for each of what this one has in its places. */
    private Root wider() {
        Root wider = new Root(edit, root.bits + DIGIT_BITS);
        for (int i = 0; i < root.items.length; i++) {
            int at = 0;
            for (int left = root.digits[i]; left != 0; left &= left - 1) {
                Object item = root.items[i][at++];
                int to = (i << DIGIT_BITS) + Integer.numberOfTrailingZeros(left);
                wider.set(
                        to,
                        item instanceof Node node
                                ? node
                                : new Node(bit(hashOf(item), wider.bits), new Object[] {item}));
            }
        }
        return wider;
    }

    private Node with(int digits, Object[] items, long hash, int used, String name, Object value) {
        int bit = bit(hash, used);
        int at = place(digits, bit);
        if ((digits & bit) == 0) {
            return new Node(digits | bit, inserted(items, at, value));
        }
        Object[] changed = items.clone();
        changed[at] = with(items[at], hash, used + DIGIT_BITS, name, value);
        return new Node(digits, changed);
    }

    private Object with(Object item, long hash, int used, String name, Object value) {
        if (item instanceof Node node) {
            return with(node.digits, node.items, hash, used, name, value);
        }
        long there = hashOf(item);
        if (there != hash) {
            return apart(item, there, value, hash, used);
        }
        if (item instanceof Bucket bucket) {
            return with(bucket, name, value);
        }
        if (nameOf(item).equals(name)) {
            replaced = item;
            return value;
        }
        return with(new Bucket(hash, new Object[] {item}), name, value);
    }

    /** The nodes that tell two hashes apart. */
    private static Node apart(Object one, long oneHash, Object two, long twoHash, int used) {
        int oneBit = bit(oneHash, used);
        int twoBit = bit(twoHash, used);
        if (oneBit == twoBit) {
            return new Node(oneBit, new Object[] {apart(one, oneHash, two, twoHash, used + DIGIT_BITS)});
        }
        boolean isInOrder = Integer.compareUnsigned(oneBit, twoBit) < 0;
        return new Node(oneBit | twoBit, isInOrder ? new Object[] {one, two} : new Object[] {two, one});
    }

    private Bucket with(Bucket bucket, String name, Object value) {
        int at = place(bucket, name);
        if (at < 0) {
            return new Bucket(bucket.hash, inserted(bucket.values, -at - 1, value));
        }
        Object[] values = bucket.values.clone();
        replaced = values[at];
        values[at] = value;
        return new Bucket(bucket.hash, values);
    }

    /** Takes a value away, and gives it; null if it is not there. */
    @Nullable
    V remove(String name) {
        V there = size == 0 ? null : get(name);
        if (there != null) {
            long hash = hash(name);
            root = root.in(edit);
            int at = root.place(hash);
            root.set(at, without(root.digits[at], root.items[at], hash, root.bits, name));
            size--;
        }
        return there;
    }

    /** A node without the value of a name, which is there. */
    private Node without(int digits, Object[] items, long hash, int used, String name) {
        int bit = bit(hash, used);
        int at = place(digits, bit);
        Object left = without(items[at], hash, used + DIGIT_BITS, name);
        if (left == null) {
            return new Node(digits & ~bit, removed(items, at));
        }
        Object[] changed = items.clone();
        changed[at] = left;
        return new Node(digits, changed);
    }

    private @Nullable Object without(Object item, long hash, int used, String name) {
        if (item instanceof Bucket bucket) {
            Object[] left = removed(bucket.values, place(bucket, name));
            return left.length == 1 ? left[0] : new Bucket(hash, left);
        }
        if (!(item instanceof Node node)) {
            return null;
        }
        Node left = without(node.digits, node.items, hash, used, name);
        // What is alone needs no node, unless it is a node itself, whose place is where its digits are told.
        return left.items.length == 1 && !(left.items[0] instanceof Node) ? left.items[0] : left;
    }

    private int place(Bucket bucket, String name) {
        int low = 0;
        int high = bucket.values.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = nameOf(bucket.values[middle]).compareTo(name);
            if (order == 0) {
                return middle;
            } else if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    private static Object[] inserted(Object[] items, int at, Object item) {
        Object[] more = new Object[items.length + 1];
        System.arraycopy(items, 0, more, 0, at);
        more[at] = item;
        System.arraycopy(items, at, more, at + 1, items.length - at);
        return more;
    }

    private static Object[] removed(Object[] items, int at) {
        Object[] fewer = new Object[items.length - 1];
        System.arraycopy(items, 0, fewer, 0, at);
        System.arraycopy(items, at + 1, fewer, at, fewer.length - at);
        return fewer;
    }

    /** All values, in their order. */
    Walk<V> all() {
        return new Walk<>(this, 0);
    }

    /** The values whose place is behind that of a name, whether there is one of it or not. */
    Walk<V> after(String name) {
        long hash = hash(name);
        int begin = root.place(hash);
        Walk<V> walk = new Walk<>(this, begin + 1);
        int digits = root.digits[begin];
        Object[] items = root.items[begin];
        for (int used = root.bits; ; used += DIGIT_BITS) {
            int bit = bit(hash, used);
            int at = place(digits, bit);
            if ((digits & bit) == 0) {
                walk.down(items, at);
                return walk;
            }
            walk.down(items, at + 1);
            if (!(items[at] instanceof Node node)) {
                walk.downBehind(items[at], hash, name);
                return walk;
            }
            digits = node.digits;
            items = node.items;
        }
    }

    /** Goes from value to value of a trie that does not change meanwhile. */
    static final class Walk<V> {
        private final HashTrie<V> trie;
        private final Object[][] path = new Object[DEPTH_MAX][];
        private final int[] places = new int[DEPTH_MAX];
        private int depth;
        private int nextOfRoot;

        private Walk(HashTrie<V> trie, int nextOfRoot) {
            this.trie = trie;
            this.nextOfRoot = nextOfRoot;
        }

        private void down(Object[] items, int at) {
            path[depth] = items;
            places[depth++] = at;
        }

        private void downBehind(Object item, long hash, String name) {
            Object[] values = item instanceof Bucket bucket ? bucket.values : new Object[] {item};
            int order = Long.compareUnsigned(trie.hashOf(item), hash);
            int at = 0;
            while (at < values.length
                    && (order < 0 || (order == 0 && trie.nameOf(values[at]).compareTo(name) <= 0))) {
                at++;
            }
            down(values, at);
        }

        /** The next value; null at the end. */
        @Nullable
        V next() {
            while (true) {
                if (depth == 0) {
                    if (nextOfRoot == trie.root.items.length) {
                        return null;
                    }
                    down(trie.root.items[nextOfRoot++], 0);
                }
                Object[] items = path[depth - 1];
                int at = places[depth - 1]++;
                if (at == items.length) {
                    depth--;
                } else if (items[at] instanceof Node node) {
                    down(node.items, 0);
                } else if (items[at] instanceof Bucket bucket) {
                    down(bucket.values, 0);
                } else {
                    return trie.value(items[at]);
                }
            }
        }
    }

    /** Values whose names have one hash, in the order of the names; two at least. Never changed. */
    private static final class Bucket {
        private final long hash;
        private final Object[] values;

        Bucket(long hash, Object[] values) {
            this.hash = hash;
            this.values = values;
        }
    }

    /** What there is for each value of a digit: the one value or bucket with it, or a node of several. Never changed. */
    private static final class Node {
        /** A bit for each value of the digit with which there is something. */
        private final int digits;
        /** What there is, in order. */
        private final Object[] items;

        Node(int digits, Object[] items) {
            this.digits = digits;
            this.items = items;
        }
    }

    /** A node for each place, which the first bits of a hash name: taken apart, so that there is one step less to a value. */
    private static final class Root {
        private final Edit owner;
        private final int bits;
        private final int[] digits;
        private final Object[][] items;

        Root(Edit owner, int bits) {
            this(owner, bits, new int[1 << bits], new Object[1 << bits][]);
            Arrays.fill(items, NOTHING);
        }

        private Root(Edit owner, int bits, int[] digits, Object[][] items) {
            this.owner = owner;
            this.bits = bits;
            this.digits = digits;
            this.items = items;
        }

        Root in(Edit edit) {
            return owner == edit ? this : new Root(edit, bits, digits.clone(), items.clone());
        }

        int place(long hash) {
            return (int) ((hash >>> 1) >>> (63 - bits));
        }

        void set(int at, Node node) {
            digits[at] = node.digits;
            items[at] = node.items;
        }
    }
}

package dev.tandem.store.raft.state;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values in the order of a number and, where numbers are equal, of their names: a B+ tree that shares its nodes with
 * its copies.
 *
 * <p>A copy takes no time. Whoever changes one of two copies first makes nodes of its own, from the root down to what
 * changes; nodes that it made in the same {@link Edit} it changes in place. So a table pays for its views only once for
 * many changes between two of them.
 *
 * <p>Changed by one thread, in the edit that it was made for; read by any number of threads once that edit has ended.
 */
final class OrderedTree<V> {
    /** What a value is called. No two values of one number have the same name. */
    interface Naming<V> {
        String nameOf(V value);
    }

    static final int NODE_MAX = 64;
    /** A node with fewer values joins one beside it if there is room. */
    private static final int NODE_FEW = NODE_MAX / 4;

    private static final int CAPACITY_MIN = 4;

    private final Naming<? super V> naming;
    private final Edit edit;
    private @Nullable Node root;
    private int size;

    /** What the last step down the tree has made beside its result, until the step above takes it. */
    private @Nullable Node split;

    private @Nullable Object replaced;

    OrderedTree(Naming<? super V> naming, Edit edit) {
        this.naming = naming;
        this.edit = edit;
    }

    /** The tree as it is now, to be changed in an edit; itself if it was made for that. */
    OrderedTree<V> in(Edit other) {
        if (other == edit) {
            return this;
        }
        OrderedTree<V> copy = new OrderedTree<>(naming, other);
        copy.root = root;
        copy.size = size;
        return copy;
    }

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // Only values are put into leaves.
    private V value(Object item) {
        return (V) item;
    }

    private String nameAt(Node node, int at) {
        return naming.nameOf(value(node.firsts == null ? node.items[at] : node.firsts[at]));
    }

    /** The place of the first of the node's values, or firsts of its children, that does not come before. */
    private int search(Node node, long key, String name) {
        int low = 0;
        int high = node.count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            long there = node.keys[middle];
            if (there < key || (there == key && nameAt(node, middle).compareTo(name) < 0)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean isAt(Node node, int at, long key, String name) {
        return at < node.count && node.keys[at] == key && nameAt(node, at).equals(name);
    }

    private int childFor(Node node, long key, String name) {
        int at = search(node, key, name);
        return at == 0 || isAt(node, at, key, name) ? at : at - 1;
    }

    @Nullable
    V get(long key, String name) {
        Node node = root;
        if (node == null) {
            return null;
        }
        while (node.firsts != null) {
            node = node.child(childFor(node, key, name));
        }
        int at = search(node, key, name);
        return isAt(node, at, key, name) ? value(node.items[at]) : null;
    }

    /** Puts a value in its place, and gives the one that it replaces. */
    @Nullable
    V put(long key, V value) {
        Node top = root == null ? Node.leaf(edit) : root;
        root = put(top, key, naming.nameOf(value), value);
        if (split != null) {
            root = Node.parent(edit, root, split);
            split = null;
        }
        V before = replaced == null ? null : value(replaced);
        replaced = null;
        if (before == null) {
            size++;
        }
        return before;
    }

    private Node put(Node shared, long key, String name, V value) {
        Node node = shared.in(edit);
        if (node.firsts == null) {
            int at = search(node, key, name);
            if (isAt(node, at, key, name)) {
                replaced = node.items[at];
                node.items[at] = value;
            } else {
                insert(node, at, key, value, value);
            }
            return node;
        }
        int at = childFor(node, key, name);
        Node child = put(node.child(at), key, name, value);
        node.setChild(at, child);
        Node beside = split;
        if (beside != null) {
            split = null;
            insert(node, at + 1, beside.keys[0], beside, beside.first());
        }
        return node;
    }

    /** Into a node of this edit, which is split if it is full: behind its last value if that is where it goes. */
    private void insert(Node node, int at, long key, Object item, Object first) {
        if (node.count < NODE_MAX) {
            node.insert(at, key, item, first);
            return;
        }
        int cut = at == NODE_MAX ? NODE_MAX : NODE_MAX / 2;
        Node right = node.cut(cut);
        if (at > cut || cut == NODE_MAX) {
            right.insert(at - cut, key, item, first);
        } else {
            node.insert(at, key, item, first);
        }
        split = right;
    }

    /** Takes a value away, and gives it; null if it is not there. */
    @Nullable
    V remove(long key, String name) {
        Node top = root;
        if (top == null) {
            return null;
        }
        top = remove(top, key, name);
        while (top.firsts != null && top.count == 1) {
            top = top.child(0);
        }
        root = top.count == 0 ? null : top;
        V before = replaced == null ? null : value(replaced);
        replaced = null;
        if (before != null) {
            size--;
        }
        return before;
    }

    private Node remove(Node shared, long key, String name) {
        Node node = shared.in(edit);
        if (node.firsts == null) {
            int at = search(node, key, name);
            if (isAt(node, at, key, name)) {
                replaced = node.items[at];
                node.remove(at);
            }
            return node;
        }
        int at = childFor(node, key, name);
        Node child = remove(node.child(at), key, name);
        if (child.count == 0) {
            node.remove(at);
            return node;
        }
        node.setChild(at, child);
        if (child.count < NODE_FEW && node.count > 1) {
            int left = at == 0 ? 0 : at - 1;
            if (node.child(left).count + node.child(left + 1).count <= NODE_MAX) {
                Node joined = node.child(left).in(edit);
                joined.append(node.child(left + 1));
                node.setChild(left, joined);
                node.remove(left + 1);
            }
        }
        return node;
    }

    /** From the first value on that does not come before this place. */
    Walk<V> from(long key, String name) {
        return new Walk<>(this, key, name, true);
    }

    /** Backwards, from the last value on that comes before this place. */
    Walk<V> before(long key, String name) {
        return new Walk<>(this, key, name, false);
    }

    /** Goes from value to value of a tree that does not change meanwhile. */
    static final class Walk<V> {
        private static final int DEPTH_MAX = 16;

        private final OrderedTree<V> tree;
        private final boolean isForward;
        private final Node[] path = new Node[DEPTH_MAX];
        private final int[] places = new int[DEPTH_MAX];
        private int depth;
        private long key;

        private Walk(OrderedTree<V> tree, long key, String name, boolean isForward) {
            this.tree = tree;
            this.isForward = isForward;
            Node node = tree.root;
            while (node != null && node.firsts != null) {
                int at = tree.childFor(node, key, name);
                path[depth] = node;
                places[depth++] = at;
                node = node.child(at);
            }
            if (node != null) {
                int at = tree.search(node, key, name);
                path[depth] = node;
                places[depth++] = isForward ? at : at - 1;
            }
        }

        /** The next value; null at the end. */
        @Nullable
        V next() {
            while (depth > 0) {
                Node node = path[depth - 1];
                int at = places[depth - 1];
                if (at < 0 || at >= node.count) {
                    depth--;
                    if (depth > 0) {
                        places[depth - 1] += isForward ? 1 : -1;
                    }
                } else if (node.firsts == null) {
                    places[depth - 1] = isForward ? at + 1 : at - 1;
                    key = node.keys[at];
                    return tree.value(node.items[at]);
                } else {
                    Node child = node.child(at);
                    path[depth] = child;
                    places[depth++] = isForward ? 0 : child.count - 1;
                }
            }
            return null;
        }

        /** The number of the value that came last. */
        long key() {
            return key;
        }
    }

    /** Values with their numbers; or children, each with the number of its first value, and that value for its name. */
    private static final class Node {
        private final Edit owner;
        private int count;
        private long[] keys;
        private Object[] items;
        private Object @Nullable [] firsts;

        private Node(Edit owner, int count, long[] keys, Object[] items, Object @Nullable [] firsts) {
            this.owner = owner;
            this.count = count;
            this.keys = keys;
            this.items = items;
            this.firsts = firsts;
        }

        static Node leaf(Edit owner) {
            return new Node(owner, 0, new long[CAPACITY_MIN], new Object[CAPACITY_MIN], null);
        }

        static Node parent(Edit owner, Node left, Node right) {
            Node node = new Node(owner, 0, new long[CAPACITY_MIN], new Object[CAPACITY_MIN], new Object[CAPACITY_MIN]);
            node.insert(0, left.keys[0], left, left.first());
            node.insert(1, right.keys[0], right, right.first());
            return node;
        }

        Node in(Edit edit) {
            return owner == edit ? this : part(edit, 0, count);
        }

        private Node part(Edit edit, int begin, int end) {
            int capacity = capacity(end - begin + 1);
            int last = Math.min(end, begin + capacity);
            return new Node(
                    edit,
                    end - begin,
                    Arrays.copyOf(Arrays.copyOfRange(keys, begin, last), capacity),
                    Arrays.copyOf(Arrays.copyOfRange(items, begin, last), capacity),
                    firsts == null ? null : Arrays.copyOf(Arrays.copyOfRange(firsts, begin, last), capacity));
        }

        private static int capacity(int wanted) {
            return Math.min(NODE_MAX, Math.max(CAPACITY_MIN, wanted + wanted / 2));
        }

        Node child(int at) {
            return (Node) items[at];
        }

        Object first() {
            return firsts == null ? items[0] : firsts[0];
        }

        void setChild(int at, Node child) {
            keys[at] = child.keys[0];
            items[at] = child;
            Objects.requireNonNull(firsts)[at] = child.first();
        }

        /** @param first of a child; of a value, itself */
        void insert(int at, long key, Object item, Object first) {
            if (count == items.length) {
                int capacity = capacity(count + 1);
                keys = Arrays.copyOf(keys, capacity);
                items = Arrays.copyOf(items, capacity);
                firsts = firsts == null ? null : Arrays.copyOf(firsts, capacity);
            }
            move(at, at + 1, count - at);
            keys[at] = key;
            items[at] = item;
            if (firsts != null) {
                firsts[at] = first;
            }
            count++;
        }

        void remove(int at) {
            move(at + 1, at, count - at - 1);
            count--;
            clear(count, count + 1);
        }

        private void move(int from, int to, int length) {
            System.arraycopy(keys, from, keys, to, length);
            System.arraycopy(items, from, items, to, length);
            if (firsts != null) {
                System.arraycopy(firsts, from, firsts, to, length);
            }
        }

        /** So that what is gone does not stay in the memory. */
        @SuppressWarnings("NullAway") // What is behind the count is never looked at.
        private void clear(int begin, int end) {
            Arrays.fill(items, begin, end, null);
            if (firsts != null) {
                Arrays.fill(firsts, begin, end, null);
            }
        }

        /** Takes what is from a place on away, into a node of its own. */
        Node cut(int at) {
            Node right = part(owner, at, count);
            clear(at, count);
            count = at;
            return right;
        }

        void append(Node right) {
            int together = count + right.count;
            if (together > items.length) {
                int capacity = capacity(together);
                keys = Arrays.copyOf(keys, capacity);
                items = Arrays.copyOf(items, capacity);
                firsts = firsts == null ? null : Arrays.copyOf(firsts, capacity);
            }
            System.arraycopy(right.keys, 0, keys, count, right.count);
            System.arraycopy(right.items, 0, items, count, right.count);
            if (firsts != null && right.firsts != null) {
                System.arraycopy(right.firsts, 0, firsts, count, right.count);
            }
            count = together;
        }
    }
}

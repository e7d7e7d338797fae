package dev.tandem.store.raft.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Names in the order of a number and, where numbers are equal, of themselves: a B+ tree that shares its nodes with its
 * copies.
 *
 * <p>A copy takes no time. Whoever changes one of two copies first makes nodes of its own, from the root down to what
 * changes; nodes that it made in the same {@link Edit} it changes in place. So a table pays for its views only once for
 * many changes between two of them. Most names come to the end, so that is where they are looked for first.
 *
 * <p>Changed by one thread, in the edit that it was made for; read by any number of threads once that edit has ended.
 */
final class OrderedNames {
    static final int NODE_MAX = 32;
    /** A node with fewer names joins one beside it if there is room. */
    private static final int NODE_FEW = NODE_MAX / 4;

    private static final int CAPACITY_MIN = 4;

    private final Edit edit;
    private @Nullable Node root;
    private int size;

    /** What the last step down the tree has made beside its result, until the step above takes it. */
    private @Nullable Node split;

    OrderedNames(Edit edit) {
        this.edit = edit;
    }

    /** The tree as it is now, to be changed in an edit; itself if it was made for that. */
    OrderedNames in(Edit other) {
        if (other == edit) {
            return this;
        }
        OrderedNames copy = new OrderedNames(other);
        copy.root = root;
        copy.size = size;
        return copy;
    }

    int size() {
        return size;
    }

    /** The least number; {@link Long#MAX_VALUE} if there is none. */
    long firstNumber() {
        return root == null ? Long.MAX_VALUE : root.keys[0];
    }

    /** Puts a name in its place; false if it was there. */
    boolean add(long key, String name) {
        int before = size;
        Node top = put(root == null ? Node.leaf(edit) : root, key, name);
        Node beside = split;
        if (beside != null) {
            top = Node.parent(edit, top, beside);
            split = null;
        }
        root = top;
        return size > before;
    }

    private Node put(Node shared, long key, String name) {
        Node node = shared.in(edit);
        if (node.children == null) {
            int at = node.search(key, name);
            if (!node.isAt(at, key, name)) {
                insert(node, at, key, name, null);
                size++;
            }
            return node;
        }
        int at = node.childFor(key, name);
        node.setChild(at, put(node.child(at), key, name));
        Node beside = split;
        if (beside != null) {
            split = null;
            insert(node, at + 1, beside.keys[0], beside.names[0], beside);
        }
        return node;
    }

    /** Into a node of this edit, which is split if it is full: behind its last name if that is where it goes. */
    private void insert(Node node, int at, long key, String name, @Nullable Node child) {
        if (node.count < NODE_MAX) {
            node.insert(at, key, name, child);
            return;
        }
        int cut = at == NODE_MAX ? NODE_MAX : NODE_MAX / 2;
        Node right = node.cut(cut);
        if (at > cut || cut == NODE_MAX) {
            right.insert(at - cut, key, name, child);
        } else {
            node.insert(at, key, name, child);
        }
        split = right;
    }

    /** Takes a name away; false if it is not there. */
    boolean remove(long key, String name) {
        int before = size;
        Node top = root;
        if (top == null) {
            return false;
        }
        top = remove(top, key, name);
        while (top.children != null && top.count == 1) {
            top = top.child(0);
        }
        root = top.count == 0 ? null : top;
        return size < before;
    }

    private Node remove(Node shared, long key, String name) {
        Node node = shared.in(edit);
        if (node.children == null) {
            int at = node.search(key, name);
            if (node.isAt(at, key, name)) {
                node.remove(at);
                size--;
            }
            return node;
        }
        int at = node.childFor(key, name);
        Node child = remove(node.child(at), key, name);
        if (child.count == 0) {
            node.remove(at);
            return node;
        }
        node.setChild(at, child);
        if (child.count < NODE_FEW && node.count > 1) {
            join(node, at == 0 ? 0 : at - 1);
        }
        return node;
    }

    /** Two children that lie beside each other, if they fit into one. */
    private void join(Node node, int left) {
        Node right = node.child(left + 1);
        if (node.child(left).count + right.count <= NODE_MAX) {
            Node joined = node.child(left).in(edit);
            joined.append(right);
            node.setChild(left, joined);
            node.remove(left + 1);
        }
    }

    /** From the first name on that does not come before this place. */
    Walk from(long key, String name) {
        return new Walk(root, key, name, true);
    }

    /** Backwards, from the last name on that comes before this place. */
    Walk before(long key, String name) {
        return new Walk(root, key, name, false);
    }

    /** Goes from name to name of a tree that does not change meanwhile. */
    static final class Walk {
        private static final int DEPTH_MAX = 16;

        private final boolean isForward;
        private final Node[] path = new Node[DEPTH_MAX];
        private final int[] places = new int[DEPTH_MAX];
        private int depth;
        private long key;

        private Walk(@Nullable Node root, long key, String name, boolean isForward) {
            this.isForward = isForward;
            Node node = root;
            while (node != null && node.children != null) {
                int at = node.childFor(key, name);
                path[depth] = node;
                places[depth++] = at;
                node = node.child(at);
            }
            if (node != null) {
                int at = node.search(key, name);
                path[depth] = node;
                places[depth++] = isForward ? at : at - 1;
            }
        }

        /** The next name; null at the end. */
        @Nullable
        String next() {
            while (depth > 0) {
                Node node = path[depth - 1];
                int at = places[depth - 1];
                if (at < 0 || at >= node.count) {
                    depth--;
                    if (depth > 0) {
                        places[depth - 1] += isForward ? 1 : -1;
                    }
                } else if (node.children == null) {
                    places[depth - 1] = isForward ? at + 1 : at - 1;
                    key = node.keys[at];
                    return node.names[at];
                } else {
                    Node child = node.child(at);
                    path[depth] = child;
                    places[depth++] = isForward ? 0 : child.count - 1;
                }
            }
            return null;
        }

        /** The number of the name that came last. */
        long number() {
            return key;
        }
    }

    /** Names with their numbers; or children, each with the number and the name that come first in it. */
    private static final class Node {
        private final Edit owner;
        private int count;
        private long[] keys;
        private String[] names;
        private Node @Nullable [] children;

        private Node(Edit owner, int count, long[] keys, String[] names, Node @Nullable [] children) {
            this.owner = owner;
            this.count = count;
            this.keys = keys;
            this.names = names;
            this.children = children;
        }

        static Node leaf(Edit owner) {
            return new Node(owner, 0, new long[CAPACITY_MIN], new String[CAPACITY_MIN], null);
        }

        static Node parent(Edit owner, Node left, Node right) {
            Node node = new Node(owner, 0, new long[CAPACITY_MIN], new String[CAPACITY_MIN], new Node[CAPACITY_MIN]);
            node.insert(0, left.keys[0], left.names[0], left);
            node.insert(1, right.keys[0], right.names[0], right);
            return node;
        }

        Node in(Edit edit) {
            return owner == edit ? this : part(edit, 0);
        }

        private Node part(Edit edit, int begin) {
            int end = begin + capacity(count - begin + 1);
            return new Node(
                    edit,
                    count - begin,
                    Arrays.copyOfRange(keys, begin, end),
                    Arrays.copyOfRange(names, begin, end),
                    children == null ? null : Arrays.copyOfRange(children, begin, end));
        }

        private static int capacity(int wanted) {
            return Math.min(NODE_MAX, Math.max(CAPACITY_MIN, wanted + wanted / 2));
        }

        private boolean isBefore(int at, long key, String name) {
            long there = keys[at];
            return there < key || (there == key && names[at].compareTo(name) < 0);
        }

        /** The place of the first of the names, or firsts of the children, that does not come before. */
        int search(long key, String name) {
            int low = 0;
            int high = count;
            if (high > 0 && isBefore(high - 1, key, name)) {
                return high;
            }
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (isBefore(middle, key, name)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        boolean isAt(int at, long key, String name) {
            return at < count && keys[at] == key && names[at].equals(name);
        }

        int childFor(long key, String name) {
            int at = search(key, name);
            return at == 0 || isAt(at, key, name) ? at : at - 1;
        }

        @SuppressWarnings("NullAway") // Asked of nodes with children only.
        Node child(int at) {
            return children[at];
        }

        @SuppressWarnings("NullAway") // Asked of nodes with children only.
        void setChild(int at, Node child) {
            keys[at] = child.keys[0];
            names[at] = child.names[0];
            children[at] = child;
        }

        @SuppressWarnings("NullAway") // There is a child where there are children.
        void insert(int at, long key, String name, @Nullable Node child) {
            reserve(count + 1);
            move(at, at + 1, count - at);
            keys[at] = key;
            names[at] = name;
            if (children != null) {
                children[at] = child;
            }
            count++;
        }

        private void reserve(int wanted) {
            if (wanted > names.length) {
                int capacity = capacity(wanted);
                keys = Arrays.copyOf(keys, capacity);
                names = Arrays.copyOf(names, capacity);
                children = children == null ? null : Arrays.copyOf(children, capacity);
            }
        }

        void remove(int at) {
            move(at + 1, at, count - at - 1);
            clear(count - 1);
        }

        private void move(int from, int to, int length) {
            System.arraycopy(keys, from, keys, to, length);
            System.arraycopy(names, from, names, to, length);
            if (children != null) {
                System.arraycopy(children, from, children, to, length);
            }
        }

        /** Ends the node at a place, so that what is gone does not stay in the memory. */
        @SuppressWarnings("NullAway") // What is behind the count is never looked at.
        private void clear(int end) {
            Arrays.fill(names, end, count, null);
            if (children != null) {
                Arrays.fill(children, end, count, null);
            }
            count = end;
        }

        /** Takes what is from a place on away, into a node of its own. */
        Node cut(int at) {
            Node right = part(owner, at);
            clear(at);
            return right;
        }

        void append(Node right) {
            reserve(count + right.count);
            System.arraycopy(right.keys, 0, keys, count, right.count);
            System.arraycopy(right.names, 0, names, count, right.count);
            if (children != null && right.children != null) {
                System.arraycopy(right.children, 0, children, count, right.count);
            }
            count += right.count;
        }
    }
}

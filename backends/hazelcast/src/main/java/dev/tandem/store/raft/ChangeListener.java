package dev.tandem.store.raft;

/** Is told that tasks have changed, on any thread. Must be quick. */
public interface ChangeListener {
    /** Tells nobody. */
    ChangeListener NONE = new ChangeListener() {
        @Override
        public void changed(int group, String namespace) {}

        @Override
        public void allChanged() {}
    };

    /** Tasks of {@code namespace} have changed in a group. */
    void changed(int group, String namespace);

    /** Tasks of any namespace, in any group, may have changed without a word. */
    void allChanged();
}

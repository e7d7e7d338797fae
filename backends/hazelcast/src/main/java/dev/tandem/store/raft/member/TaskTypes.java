package dev.tandem.store.raft.member;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;

/**
 * The numbers by which Hazelcast knows the task store's classes. They are in logs on disk: never reused, never changed. Found by
 * Hazelcast itself, by the name of this class.
 */
public final class TaskTypes implements DataSerializerHook {
    static final int FACTORY = 7_420;
    static final int APPLY = 1;
    static final int APPLY_ANSWER = 2;
    static final int READ = 3;
    static final int READ_ANSWER = 4;
    static final int READ_AT_LEADER = 5;
    static final int STATE = 6;
    static final int ASK_VIEW = 7;
    static final int VIEW = 8;
    static final int ASK_STATE = 9;
    static final int STATE_PIECE = 10;

    @Override
    public int getFactoryId() {
        return FACTORY;
    }

    @Override
    public DataSerializableFactory createFactory() {
        return type -> switch (type) {
            case APPLY -> new ApplyOperation();
            case APPLY_ANSWER -> new ApplyAnswer();
            case READ -> new ReadOperation();
            case READ_ANSWER -> new ReadAnswer();
            case READ_AT_LEADER -> new ReadAtLeader();
            case STATE -> new StateOfGroup();
            case ASK_VIEW -> new ViewOperation();
            case VIEW -> new MemberView();
            case ASK_STATE -> new StateAsk();
            case STATE_PIECE -> new StatePiece();
            default -> throw new IllegalArgumentException("unknown type " + type + " of the task store's");
        };
    }
}

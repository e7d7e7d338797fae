package dev.tandem.client;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import dev.tandem.v1.LeaseServiceClient;
import dev.tandem.v1.LeaseServiceGrpcClient;
import dev.tandem.v1.LeasesProto;
import dev.tandem.v1.TaskServiceClient;
import dev.tandem.v1.TaskServiceGrpcClient;
import dev.tandem.v1.TasksProto;
import io.vertx.grpc.common.ServiceMethod;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * The generated client interfaces with every method served by an {@link Invoker}.
 *
 * <p>The methods are found in the generated code by reflection, once: the interfaces stay the only list of them.
 */
final class Stubs {
    private static final Map<Method, Rpc> TASKS = rpcs(
            TaskServiceClient.class, TaskServiceGrpcClient.class, service(TasksProto.getDescriptor(), "TaskService"));
    private static final Map<Method, Rpc> LEASES = rpcs(
            LeaseServiceClient.class,
            LeaseServiceGrpcClient.class,
            service(LeasesProto.getDescriptor(), "LeaseService"));

    private Stubs() {}

    static TaskServiceClient tasks(Invoker invoker, long timeoutMillis) {
        return stub(TaskServiceClient.class, TASKS, invoker, timeoutMillis);
    }

    static LeaseServiceClient leases(Invoker invoker, long timeoutMillis) {
        return stub(LeaseServiceClient.class, LEASES, invoker, timeoutMillis);
    }

    /** A task method by the name that it has in the proto file. */
    static Rpc task(String name) {
        return TASKS.values().stream()
                .filter(rpc -> rpc.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static <S> S stub(Class<S> type, Map<Method, Rpc> rpcs, Invoker invoker, long timeoutMillis) {
        Object stub =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
                    Rpc rpc = rpcs.get(called);
                    if (rpc == null) {
                        return ofObject(type, proxy, called, arguments);
                    }
                    Message request = (Message) arguments[0];
                    return rpc.isStreaming()
                            ? invoker.open(rpc, request)
                            : invoker.call(rpc, request, timeoutMillis).future();
                });
        return type.cast(stub);
    }

    private static Object ofObject(Class<?> type, Object proxy, Method called, Object[] arguments) {
        return switch (called.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            case "toString" -> type.getSimpleName();
            default -> throw new UnsupportedOperationException(called.toString());
        };
    }

    private static ServiceDescriptor service(com.google.protobuf.Descriptors.FileDescriptor file, String name) {
        return file.findServiceByName(name);
    }

    private static Map<Method, Rpc> rpcs(Class<?> methods, Class<?> constants, ServiceDescriptor service) {
        Map<Method, Rpc> rpcs = new HashMap<>();
        for (MethodDescriptor descriptor : service.getMethods()) {
            String name = descriptor.getName();
            String javaName = Character.toLowerCase(name.charAt(0)) + name.substring(1);
            for (Method method : methods.getMethods()) {
                if (method.getName().equals(javaName) && method.getParameterCount() == 1) {
                    rpcs.put(method, rpc(descriptor, constants, method.getParameterTypes()[0]));
                }
            }
        }
        return Map.copyOf(rpcs);
    }

    @SuppressWarnings(
            "unchecked") // the generated constant is for the very messages that the generated method takes and gives
    private static Rpc rpc(MethodDescriptor descriptor, Class<?> constants, Class<?> requestType) {
        try {
            Object method = constants.getField(descriptor.getName()).get(null);
            Message blank =
                    (Message) requestType.getMethod("getDefaultInstance").invoke(null);
            return new Rpc(descriptor, (ServiceMethod<Message, Message>) method, blank);
        } catch (NoSuchFieldException | NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("the generated client lacks " + descriptor.getFullName(), e);
        }
    }
}

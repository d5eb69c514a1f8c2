// Stands for @grafana/assistant, which the flame graph asks for a button that we do not draw.
export const createAssistantContextItem = () => ({});
export const OpenAssistantButton = () => null;

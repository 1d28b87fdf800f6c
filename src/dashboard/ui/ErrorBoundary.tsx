import { Component, type ReactNode } from "react";
import { Notice } from "./Notice.tsx";

/** Keeps what a query of one part of the page failed with to that part. Give it a key of what it shows. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { message: string | null }> {
  override state: { message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    const { data, message } = error as { data?: { message?: string }; message?: string };
    return { message: data?.message ?? message ?? String(error) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    return message === null ? (
      this.props.children
    ) : (
      <Notice title="This could not be shown">
        <p role="alert">{message}</p>
        <button type="button" onClick={() => this.setState({ message: null })}>
          Try again
        </button>
      </Notice>
    );
  }
}

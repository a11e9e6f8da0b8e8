import { createContext, useContext } from 'react';
import { type Symbols, symbolsFor } from './symbols.ts';

const SymbolsContext = createContext<Symbols>(symbolsFor({}));

/** Makes a terminal's symbols known to everything below. */
export const SymbolsProvider = SymbolsContext.Provider;

export function useSymbols(): Symbols {
  return useContext(SymbolsContext);
}
